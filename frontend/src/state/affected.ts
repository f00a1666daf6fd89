// Whose day another dispatcher, a worker or a program changed meanwhile.

import type { DispatchDay, JobCard } from "../api/types";

/** What of a job moves the times of a day. */
function mark(job: JobCard): string {
  return [
    job.member,
    job.number,
    job.progress,
    job.windowStart,
    job.windowEnd,
    job.onSiteSeconds,
    job.checkIn,
    job.checkOut,
    job.done,
    job.lat,
    job.lng,
    job.title,
    job.priority,
    job.pinned.join(),
  ].join("|");
}

/**
 * The members whose jobs differ between the day as it is shown and the live board; the empty name
 * stands for jobs that nobody has.
 */
export function affected(
  shown: DispatchDay,
  live: ReadonlyMap<string, JobCard>,
): ReadonlySet<string> {
  const whose = new Set<string>();
  const seen = new Set<string>();
  const compare = (job: JobCard): void => {
    seen.add(job.id);
    const now = live.get(job.id);
    if (now && mark(now) === mark(job)) return;
    whose.add(job.member);
    if (now) whose.add(now.member);
  };
  for (const one of shown.people) for (const stop of one.stops) compare(stop.job);
  for (const job of shown.unassigned) compare(job);
  for (const job of live.values()) if (!seen.has(job.id)) whose.add(job.member);
  return whose;
}
