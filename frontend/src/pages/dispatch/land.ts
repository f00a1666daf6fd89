// Where the pointer of a drag would drop a job, and what a drop does. Rows, days and the list of
// unassigned jobs mark themselves with data-drop.

import type { JobCard } from "../../api/types";
import { momentAt, type Span } from "../../state/axis";
import { desk } from "../../state/desk.svelte";
import { drag, type Target } from "../../state/drag.svelte";
import { beforeAt, behind, bestOf, type Place } from "../../state/offers";
import { words } from "../../words/en";
import * as format from "../../words/format";
import { parts } from "../../state/days";

/** The place below the pointer; `span` is what the rows of the timeline show. */
export function targetAt(x: number, y: number, job: JobCard, span: Span): Target | null {
  const found = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-drop]");
  if (!found) return null;
  const { drop, member = "", day = "" } = found.dataset;
  if (drop === "pool") return { kind: "pool" };
  if (drop === "day") return { kind: "day", day: Number(day) };
  const track = found.querySelector<HTMLElement>("[data-track]");
  const person = desk.byId.get(member);
  if (!track || !person) return null;
  const box = track.getBoundingClientRect();
  // Over the name of a person the job goes where it costs least.
  const label = found.querySelector("[data-label]")?.getBoundingClientRect();
  if (label && x < label.right) {
    const best = drag.quote ? bestOf(drag.quote, member) : undefined;
    return { kind: "row", member, before: best?.place.before ?? "" };
  }
  const before = beforeAt(person, job.id, momentAt(x - box.left, span, box.width));
  return { kind: "row", member, before };
}

/** Do what a drop asks for. */
export function land(job: JobCard, target: Target): void {
  if (target.kind === "row") assign(job, target);
  else if (target.kind === "pool") unassign(job);
  else void toDay(job, target.day);
}

/** Put a job into somebody's day. */
export function assign(job: JobCard, place: Place): void {
  const person = desk.byId.get(place.member);
  if (!person || behind(person, job.id) === place.before) return;
  const title = job.title || words.job.untitled;
  const text =
    job.member === person.id
      ? words.dispatch.reordered(title, person.name)
      : words.dispatch.moved(title, person.name);
  void desk.move(job, place, text);
}

/** Take a job from whoever has it. */
export function unassign(job: JobCard): void {
  if (!job.member) return;
  void desk.move(
    job,
    { member: "", before: "" },
    words.dispatch.unassigned(job.title || words.job.untitled),
  );
}

/** Move a job to another day: to the cheapest place of its person there, or still unassigned. */
export async function toDay(job: JobCard, day: number): Promise<void> {
  if (day === desk.day && desk.shown?.undated.every((one) => one.id !== job.id)) return;
  const thisYear = parts(desk.day).year;
  const text = words.dispatch.movedDay(
    job.title || words.job.untitled,
    format.day(day, thisYear),
  );
  let before = "";
  if (job.member) {
    const quote = await desk.quote(job.id, day).catch(() => null);
    before = (quote && bestOf(quote, job.member)?.place.before) ?? "";
  }
  await desk.move(job, { member: job.member, before, day }, text);
}
