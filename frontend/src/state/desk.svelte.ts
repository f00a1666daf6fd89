import { Refused, server } from "../api/client";
import type {
  Changed,
  DispatchDay,
  JobCard,
  JobPlace,
  JobQuote,
  LeftOut,
  PersonDay,
  PinJob,
} from "../api/types";
import { decode, type Position } from "../map/polyline";
import { words } from "../words/en";
import { say } from "../words/problem";
import { affected } from "./affected";
import type { Pick } from "./view.svelte";

/**
 * A change that was made: what it is called and how to take it back or bring it again. One that a
 * plan made is the plan's to undo.
 */
export interface Change {
  text: string;
  before: JobPlace[];
  after: JobPlace[];
  plan?: string;
}

/** What of a day a plan changes. */
export type Planned = { people: PersonDay[]; unassigned: JobCard[] };

/** What was just done or went wrong; shown until the next thing happens. */
export interface News {
  tone: "good" | "bad";
  text: string;
  undo: boolean;
}

// Several frames that come together are one reason to ask.
const SOON_MS = 250;
const NO_DAY: readonly PersonDay[] = [];

class Desk {
  day = $state(0);
  data = $state.raw<DispatchDay | null>(null);
  /** Why the day could not be loaded; empty when it could. */
  problem = $state("");
  refused = $state(false);
  chosen = $state.raw<Pick | null>(null);
  hovered = $state.raw<Pick | null>(null);
  /** Grows whenever the map should move to what is chosen. */
  moves = $state(0);
  lines = $state.raw<ReadonlyMap<string, readonly Position[]>>(new Map());
  news = $state.raw<News | null>(null);
  /** Jobs whose move the server has not answered yet. */
  moving = $state.raw<ReadonlySet<string>>(new Set());
  past = $state.raw<readonly Change[]>([]);
  future = $state.raw<readonly Change[]>([]);
  /** Quotes of what was dragged or opened, by job and day; gone when the day changes. */
  #quotes = new Map<string, Promise<JobQuote>>();
  #lineKeys = new Map<string, string>();
  #timer = 0;
  #turn: Promise<void> = Promise.resolve();
  #waiting: Set<string> | "all" | null = null;

  /** The day as a plan would make it, shown instead of the day there is; nothing can be moved. */
  preview = $state.raw<Planned | null>(null);
  previewLines = $state.raw<ReadonlyMap<string, readonly Position[]>>(new Map());
  /** Why jobs were left out of the newest plan of the day. */
  leftOut = $state.raw<ReadonlyMap<string, LeftOut>>(new Map());

  /** What is on the page: the day there is, or the one that is proposed. */
  readonly shown = $derived.by((): DispatchDay | null => {
    if (!this.data || !this.preview) return this.data;
    const planned = new Set(this.preview.people.flatMap((one) => one.stops.map((stop) => stop.job.id)));
    const undated = this.data.undated.filter((job) => !planned.has(job.id));
    return { ...this.data, ...this.preview, undated, editable: false };
  });
  readonly ways = $derived(this.preview ? this.previewLines : this.lines);
  readonly people = $derived(this.shown?.people ?? NO_DAY);
  readonly byId = $derived(new Map(this.people.map((one) => [one.id, one])));
  readonly jobs = $derived.by(() => {
    const found = new Map<string, JobCard>();
    for (const one of this.people) for (const stop of one.stops) found.set(stop.job.id, stop.job);
    for (const job of this.shown?.unassigned ?? []) found.set(job.id, job);
    for (const job of this.shown?.undated ?? []) found.set(job.id, job);
    return found;
  });

  /** The first day that jobs may be moved to: `today`, unless the server's day is behind. */
  firstOpen(today: number): number {
    return this.data?.editable ? Math.min(this.day, today) : today;
  }

  /** Show a day. */
  async open(day: number): Promise<void> {
    const other = day !== this.day;
    this.day = day;
    if (other) {
      this.data = null;
      this.chosen = null;
      this.lines = new Map();
      this.preview = null;
      this.leftOut = new Map();
      this.#lineKeys.clear();
    }
    await this.load();
  }

  /** Stop waiting for anything. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = null;
    this.data = null;
    this.preview = null;
    this.day = 0;
    this.past = [];
    this.future = [];
    this.news = null;
    this.chosen = null;
    this.hovered = null;
  }

  /** Ask for the day, or for the days of some members of it. */
  async load(members: readonly string[] = []): Promise<void> {
    const day = this.day;
    this.#quotes.clear();
    try {
      const answer = await server.dispatchDay(day, members);
      if (day !== this.day) return;
      this.data = members.length > 0 && this.data ? merged(this.data, answer, members) : answer;
      this.problem = "";
      void this.#draw();
    } catch (error) {
      if (day !== this.day) return;
      if (error instanceof Refused && error.status === 403) this.refused = true;
      else this.problem = say(error);
    }
  }

  /** Compare with the board of the same day and ask for what changed meanwhile. */
  compare(day: number, jobs: ReadonlyMap<string, JobCard>): void {
    if (!this.data || day !== this.day || this.moving.size > 0) return;
    const whose = affected(this.data, jobs);
    if (whose.size > 0) this.soon(whose);
  }

  /** Ask for these members' days, or for everybody's, in a moment. */
  soon(members: ReadonlySet<string> | "all"): void {
    if (members === "all" || this.#waiting === "all") this.#waiting = "all";
    else this.#waiting = new Set([...(this.#waiting ?? []), ...members]);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      const waiting = this.#waiting;
      this.#waiting = null;
      // Nobody's jobs are in every answer; an answer of nobody's alone needs no member.
      const named = waiting === "all" || !waiting ? [] : [...waiting].filter(Boolean);
      void this.load(waiting === "all" ? [] : named.length > 0 ? named : ["-"]);
    }, SOON_MS);
  }

  /** What a job would cost at every place of a day; asked once until the day changes. */
  quote(job: string, day = this.day): Promise<JobQuote> {
    const key = `${job}/${day}`;
    const known = this.#quotes.get(key);
    if (known) return known;
    const asked = server.quote(job, day);
    this.#quotes.set(key, asked);
    asked.catch(() => this.#quotes.delete(key));
    return asked;
  }

  /** Put a job into somebody's day; an empty member takes it from whoever has it. */
  move(
    job: JobCard,
    to: { member: string; before: string; day?: number },
    text: string,
  ): Promise<void> {
    const body = { job: job.id, member: to.member, day: to.day ?? this.day, before: to.before };
    this.moving = new Set([...this.moving, job.id]);
    return this.#inTurn(async () => {
      try {
        this.#take(await server.moveJob(body), text, true);
      } catch (error) {
        this.news = { tone: "bad", text: say(error), undo: false };
        await this.load();
      } finally {
        this.moving = new Set([...this.moving].filter((one) => one !== job.id));
      }
    });
  }

  /** Take the last change back. */
  undo(label: (text: string) => string): Promise<void> {
    return this.#inTurn(async () => {
      const last = this.past.at(-1);
      if (!last) return;
      this.past = this.past.slice(0, -1);
      if (last.plan) {
        if (await this.#takePlanBack(last.plan, label(last.text))) this.future = [...this.future, last];
        return;
      }
      const done = await this.#put(last.after, last.before, label(last.text));
      if (done) this.future = [...this.future, { ...last, before: done.after, after: done.before }];
    });
  }

  /** Bring the last change that was taken back again. */
  redo(label: (text: string) => string): Promise<void> {
    return this.#inTurn(async () => {
      const last = this.future.at(-1);
      if (!last) return;
      this.future = this.future.slice(0, -1);
      if (last.plan) {
        if (await this.#writePlan(last.plan, label(last.text))) this.past = [...this.past, last];
        return;
      }
      const done = await this.#put(last.before, last.after, label(last.text));
      if (done) this.past = [...this.past, { ...last, before: done.before, after: done.after }];
    });
  }

  /** Write a plan; it is one change that can be undone as a whole. */
  applyPlan(plan: string, text: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!(await this.#writePlan(plan, text))) return;
      this.past = [...this.past, { text, before: [], after: [], plan }];
      this.future = [];
      this.news = { tone: "good", text, undo: true };
    });
  }

  /** Pin a job or release it. */
  async pin(job: JobCard, pins: PinJob): Promise<void> {
    this.moving = new Set([...this.moving, job.id]);
    try {
      await server.pinJob(job.id, pins);
      await this.load(job.member ? [job.member] : []);
    } catch (error) {
      this.news = { tone: "bad", text: say(error), undo: false };
    } finally {
      this.moving = new Set([...this.moving].filter((one) => one !== job.id));
    }
  }

  async #writePlan(plan: string, text: string): Promise<boolean> {
    try {
      await server.applyPlan(plan);
      this.news = { tone: "good", text, undo: false };
      return true;
    } catch (error) {
      this.news = { tone: "bad", text: say(error), undo: false };
      return false;
    } finally {
      await this.load();
    }
  }

  async #takePlanBack(plan: string, text: string): Promise<boolean> {
    try {
      const { kept } = await server.undoPlan(plan);
      this.news = { tone: "good", text: words.dispatch.plan.undone(text, kept), undo: false };
      return true;
    } catch (error) {
      this.news = { tone: "bad", text: say(error), undo: false };
      return false;
    } finally {
      await this.load();
    }
  }

  // Changes follow each other: a quick second one waits for the answer of the first.
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  /** Open a job or a member; `move` also brings it into view on the map. */
  choose(pick: Pick | null, { move = false } = {}): void {
    this.chosen = pick;
    if (pick && move) this.moves += 1;
  }

  isChosen(kind: Pick["kind"], id: string): boolean {
    return this.chosen?.kind === kind && this.chosen.id === id;
  }

  isHovered(kind: Pick["kind"], id: string): boolean {
    return this.hovered?.kind === kind && this.hovered.id === id;
  }

  async #put(expected: JobPlace[], wanted: JobPlace[], text: string): Promise<Changed | null> {
    const ids = expected.map((place) => place.job);
    this.moving = new Set(ids);
    try {
      const changed = await server.putBack({ expected, wanted });
      this.#take(changed, text, false);
      return changed;
    } catch (error) {
      this.news = { tone: "bad", text: say(error), undo: false };
      await this.load();
      return null;
    } finally {
      this.moving = new Set();
    }
  }

  #take(changed: Changed, text: string, isNew: boolean): void {
    if (changed.after.length === 0) return;
    if (isNew) {
      this.past = [...this.past, { text, before: changed.before, after: changed.after }];
      this.future = [];
    }
    this.news = { tone: "good", text, undo: isNew };
    this.#quotes.clear();
    const data = this.data;
    const today = changed.days.find((one) => one.day === this.day);
    if (!data) return;
    const renewed = new Map((today?.people ?? []).map((one) => [one.id, one]));
    const cards = new Map(this.jobs);
    for (const one of renewed.values()) for (const stop of one.stops) cards.set(stop.job.id, stop.job);
    const gone = new Set(changed.after.map((place) => place.job));
    const free = changed.after.filter((place) => place.member === "");
    const back = (day: number): JobCard[] =>
      free.flatMap((place) => {
        const card = cards.get(place.job);
        return place.day === day && card ? [{ ...card, member: "", number: 0, progress: "unassigned" }] : [];
      });
    this.data = {
      ...data,
      people: data.people.map((one) => renewed.get(one.id) ?? one),
      unassigned: [...data.unassigned.filter((job) => !gone.has(job.id)), ...back(data.day)],
      undated: [...data.undated.filter((job) => !gone.has(job.id)), ...back(0)],
    };
    void this.#draw();
  }

  /** Ask for the lines of the rounds that changed. */
  async #draw(): Promise<void> {
    const [day, people] = [this.day, this.people];
    const keys = new Map(people.map((one) => [one.id, wayOf(one)]));
    const asked = people.filter((one) => this.#lineKeys.get(one.id) !== keys.get(one.id));
    if (asked.length === 0) return;
    for (const one of asked) this.#lineKeys.set(one.id, keys.get(one.id) ?? "");
    try {
      const all = asked.length === people.length;
      const answer = await server.lines(day, all ? [] : asked.map((one) => one.id));
      if (day !== this.day) return;
      const lines = new Map(this.lines);
      for (const one of asked) lines.delete(one.id);
      for (const line of answer.lines) lines.set(line.member, decode(line.encoded));
      this.lines = lines;
    } catch {
      // Without lines the map still shows every stop; the next change asks again.
      for (const one of asked) this.#lineKeys.delete(one.id);
    }
  }
}

function wayOf(one: PersonDay): string {
  return [one.home, ...one.stops.map(({ job }) => [job.lat, job.lng]), one.back].join(";");
}

function merged(old: DispatchDay, some: DispatchDay, members: readonly string[]): DispatchDay {
  const fresh = new Map(some.people.map((one) => [one.id, one]));
  const asked = new Set(members);
  const people = old.people.flatMap((one) => {
    if (!asked.has(one.id)) return [one];
    const now = fresh.get(one.id);
    fresh.delete(one.id);
    return now ? [now] : [];
  });
  return { ...some, people: [...people, ...fresh.values()] };
}

/** The dispatcher's desk: the day, what is chosen, what was changed. */
export const desk = new Desk();
