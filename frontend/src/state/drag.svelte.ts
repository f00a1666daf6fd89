// A job that is being dragged: what it is, where the pointer is, where it would land, what that costs.

import type { JobCard, JobQuote } from "../api/types";
import { desk } from "./desk.svelte";
import { bestOf, type Cost, costAt, type Place, ranked } from "./offers";

/** Where a dragged job would land. */
export type Target =
  | { kind: "row"; member: string; before: string }
  | { kind: "day"; day: number }
  | { kind: "pool" };

const THRESHOLD_PX = 5;

class Drag {
  job = $state.raw<JobCard | null>(null);
  x = $state(0);
  y = $state(0);
  target = $state.raw<Target | null>(null);
  /** Null until the server has answered. */
  quote = $state.raw<JobQuote | null>(null);
  /** Quotes of other days, asked for when the pointer comes to them. */
  others = $state.raw<ReadonlyMap<number, JobQuote>>(new Map());
  failed = $state(false);
  #asked = new Set<number>();

  /** Watch a press on a job; once the pointer moves it is a drag. `land` is told where it ended. */
  watch(
    event: PointerEvent,
    job: JobCard,
    find: (x: number, y: number, job: JobCard) => Target | null,
    land: (job: JobCard, target: Target) => void,
  ): void {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const from = { x: event.clientX, y: event.clientY };
    const move = (moved: PointerEvent): void => {
      const far = Math.hypot(moved.clientX - from.x, moved.clientY - from.y);
      if (!this.job && far < THRESHOLD_PX) return;
      if (!this.job) this.#begin(job);
      moved.preventDefault();
      this.x = moved.clientX;
      this.y = moved.clientY;
      this.aim(find(moved.clientX, moved.clientY, job));
    };
    const up = (ended: PointerEvent): void => {
      stop();
      const target = this.job ? find(ended.clientX, ended.clientY, job) : null;
      const dragged = this.job;
      this.#end();
      if (!dragged) return;
      swallowClick();
      if (target) land(dragged, target);
    };
    const key = (pressed: KeyboardEvent): void => {
      if (pressed.key !== "Escape" || !this.job) return;
      pressed.preventDefault();
      pressed.stopPropagation();
      cancel();
    };
    const cancel = (): void => {
      stop();
      this.#end();
    };
    const stop = (): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      window.removeEventListener("pointercancel", cancel);
      window.removeEventListener("keydown", key, true);
      window.removeEventListener("blur", cancel);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", cancel);
    window.addEventListener("keydown", key, true);
    window.addEventListener("blur", cancel);
  }

  /** The pointer is over a place. */
  aim(target: Target | null): void {
    if (same(target, this.target)) return;
    this.target = target;
    if (target?.kind === "day" && this.job) void this.#askDay(this.job, target.day);
  }

  /** The day changed below the drag: its costs are asked for again, the drag goes on. */
  again(): void {
    const job = this.job;
    if (!job) return;
    this.#asked.clear();
    this.others = new Map();
    void this.#ask(job);
  }

  /** What landing where the pointer is would cost; undefined while nobody knows. */
  get cost(): Cost | undefined {
    const { target, quote, job } = this;
    if (!target || !job) return undefined;
    if (target.kind === "row") return quote ? costAt(quote, target) : undefined;
    if (target.kind === "pool") return quote?.saved ? takenOut(quote) : undefined;
    const other = this.others.get(target.day);
    const best = other && this.bestOn(other);
    if (!best) return undefined;
    const saved = quote?.saved;
    return {
      ...best.cost,
      seconds: best.cost.seconds - (saved?.drivingSeconds ?? 0),
      metres: best.cost.metres - (saved?.metres ?? 0),
      late: best.cost.late - (saved?.lateSeconds ?? 0),
    };
  }

  /** The best place on another day: with the same person, or the cheapest where nobody has it. */
  bestOn(quote: JobQuote): { place: Place; cost: Cost } | undefined {
    const member = this.job?.member ?? "";
    return member ? bestOf(quote, member) : ranked(quote)[0];
  }

  #begin(job: JobCard): void {
    this.job = job;
    this.quote = null;
    this.failed = false;
    this.others = new Map();
    this.#asked.clear();
    void this.#ask(job);
  }

  #end(): void {
    this.job = null;
    this.target = null;
    this.quote = null;
  }

  async #ask(job: JobCard): Promise<void> {
    try {
      const quote = await desk.quote(job.id);
      if (this.job?.id === job.id) this.quote = quote;
    } catch {
      // A drag works without its price; the drop says what is wrong.
      this.failed = true;
    }
  }

  async #askDay(job: JobCard, day: number): Promise<void> {
    if (this.#asked.has(day)) return;
    this.#asked.add(day);
    try {
      const quote = await desk.quote(job.id, day);
      if (this.job?.id === job.id) this.others = new Map(this.others).set(day, quote);
    } catch {
      this.failed = true;
    }
  }
}

function takenOut(quote: JobQuote): Cost {
  const { saved } = quote;
  return {
    seconds: -(saved?.drivingSeconds ?? 0),
    metres: -(saved?.metres ?? 0),
    late: -(saved?.lateSeconds ?? 0),
    breaks: [],
  };
}

function same(a: Target | null, b: Target | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

// The click that ends a drag is none; the browser sends it right behind.
function swallowClick(): void {
  const swallow = (event: Event): void => {
    event.stopPropagation();
    event.preventDefault();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  window.setTimeout(() => window.removeEventListener("click", swallow, true), 0);
}

export const drag = new Drag();
