import type { Filter } from "./filter";
import { isActive } from "./filter";
import type { Progress } from "./progress";

export type Tab = "jobs" | "people";
export type Grouping = "need" | "time" | "person";

/** A job or a member. */
export interface Pick {
  kind: "job" | "member";
  id: string;
}

class View {
  tab = $state<Tab>("jobs");
  grouping = $state<Grouping>("need");
  text = $state("");
  team = $state(0);
  member = $state("");
  progresses = $state.raw<ReadonlySet<Progress>>(new Set());
  chosen = $state.raw<Pick | null>(null);
  hovered = $state.raw<Pick | null>(null);
  /** Grows whenever the map should move to what is chosen. */
  moves = $state(0);

  get filter(): Filter {
    return { text: this.text, team: this.team, member: this.member, progresses: this.progresses };
  }

  get filtered(): boolean {
    return isActive(this.filter);
  }

  /** Open the card of a job or a member; `move` also brings it into view on the map. */
  choose(pick: Pick | null, { move = false } = {}): void {
    this.chosen = pick;
    if (pick && move) this.moves += 1;
  }

  /** The pointer is over something; a finger does not hover. */
  point(event: PointerEvent, pick: Pick | null): void {
    if (event.pointerType === "mouse") this.hovered = pick;
  }

  /** Switch the filter for one step on or off. */
  toggle(progress: Progress): void {
    const next = new Set(this.progresses);
    if (!next.delete(progress)) next.add(progress);
    this.progresses = next;
  }

  /** Show everything again. */
  clear(): void {
    this.text = "";
    this.team = 0;
    this.member = "";
    this.progresses = new Set();
  }

  isChosen(kind: Pick["kind"], id: string): boolean {
    return this.chosen?.kind === kind && this.chosen.id === id;
  }

  isHovered(kind: Pick["kind"], id: string): boolean {
    return this.hovered?.kind === kind && this.hovered.id === id;
  }
}

/** What somebody looks at: filters, the chosen and the hovered thing. */
export const view = new View();
