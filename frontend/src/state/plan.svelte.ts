// The plan that is being made or proposed for the day on the desk.

import { server } from "../api/client";
import type { PlanCard, PlanPreview } from "../api/types";
import { decode } from "../map/polyline";
import { say } from "../words/problem";
import { desk } from "./desk.svelte";

const LOOK_EVERY_MS = 600;
const WORKING = new Set(["waiting", "running"]);
const PROPOSED = new Set(["done", "cancelled"]);

export type Keep = "nothing" | "assignment" | "everything";

class Planning {
  card = $state.raw<PlanCard | null>(null);
  preview = $state.raw<PlanPreview | null>(null);
  /** Whether the day is shown as it would be, or as it is. */
  after = $state(true);
  problem = $state("");
  busy = $state(false);
  #turn = 0;

  get working(): boolean {
    return this.card !== null && WORKING.has(this.card.state);
  }

  /** Begin a plan of the day. */
  async begin(keep: Keep): Promise<void> {
    this.forget();
    this.busy = true;
    try {
      this.card = await server.makePlan({ day: desk.day, keep });
      void this.#follow(this.card.id);
    } catch (error) {
      this.problem = say(error);
    } finally {
      this.busy = false;
    }
  }

  /** Find the newest plan of a day: one that is being made is followed, reasons are remembered. */
  async resume(day: number): Promise<void> {
    this.forget();
    const turn = this.#turn;
    try {
      const { plan } = await server.latestPlan(day);
      if (turn !== this.#turn || !plan) return;
      if (plan.state === "applied") this.#remember(plan);
      if (!WORKING.has(plan.state)) return;
      this.card = plan;
      void this.#follow(plan.id);
    } catch {
      // The day works without its plans; whoever begins one hears what is wrong.
    }
  }

  /** End the search with the best so far. */
  async enough(): Promise<void> {
    const { card } = this;
    if (!card) return;
    try {
      this.card = await server.cancelPlan(card.id);
    } catch (error) {
      this.problem = say(error);
    }
  }

  /** Write what is proposed. */
  async accept(text: string): Promise<void> {
    const { card } = this;
    if (!card) return;
    this.busy = true;
    this.#show(false);
    await desk.applyPlan(card.id, text);
    this.busy = false;
    this.#remember(card);
    this.card = this.preview = null;
  }

  /** Forget the proposal; nothing was changed by it. */
  discard(): void {
    if (this.working && this.card) void server.cancelPlan(this.card.id).catch(() => undefined);
    this.forget();
  }

  /** Show the day as it would be (after) or as it is. */
  compare(after: boolean): void {
    this.after = after;
    this.#show(after);
  }

  /** Let go of everything. */
  forget(): void {
    this.#turn += 1;
    this.card = null;
    this.preview = null;
    this.problem = "";
    this.#show(false);
  }

  async #follow(id: string): Promise<void> {
    const turn = this.#turn;
    for (;;) {
      await new Promise((resolve) => window.setTimeout(resolve, LOOK_EVERY_MS));
      if (turn !== this.#turn) return;
      try {
        const answer = await server.plan(id);
        if (turn !== this.#turn) return;
        this.card = answer.plan;
        this.problem = "";
        if (WORKING.has(answer.plan.state)) continue;
        if (PROPOSED.has(answer.plan.state) && answer.plan.after) this.#propose(answer);
        return;
      } catch (error) {
        // The server may be away for a moment; the search goes on there.
        this.problem = say(error);
      }
    }
  }

  #propose(answer: PlanPreview): void {
    this.preview = answer;
    this.after = true;
    this.#remember(answer.plan);
    this.#show(true);
  }

  #remember(card: PlanCard): void {
    desk.leftOut = new Map(card.leftOut.map((left) => [left.job, left]));
  }

  #show(after: boolean): void {
    const { preview } = this;
    if (!after || !preview) {
      desk.preview = null;
      return;
    }
    desk.previewLines = new Map(preview.lines.map((line) => [line.member, decode(line.encoded)]));
    desk.preview = { people: preview.people, unassigned: preview.unassigned };
  }
}

/** The plan of the day on the desk. */
export const planning = new Planning();
