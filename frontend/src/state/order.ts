import type { JobCard, MemberCard } from "../api/types";

/** The minute of the day a job is expected at: planned, else its window; open ends come last. */
function when(job: JobCard): number {
  if (job.scheduledStart) return job.scheduledStart;
  return Number.MAX_SAFE_INTEGER - 1440 + Math.min(job.windowStart, 1440);
}

/** Jobs by expected time; those without a plan after those with one, by window, number, title. */
export function byTime(a: JobCard, b: JobCard): number {
  return when(a) - when(b) || a.number - b.number || compare(a.title, b.title);
}

/** Jobs in the order of the person's route. */
export function byNumber(a: JobCard, b: JobCard): number {
  return numberOf(a) - numberOf(b) || byTime(a, b);
}

/** People by name. */
export function byName(a: MemberCard, b: MemberCard): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** People who can be seen on the map first, then by name. */
export function byPresence(a: MemberCard, b: MemberCard): number {
  return Number(!a.here) - Number(!b.here) || byName(a, b);
}

/** The jobs of `member` in the order of the route. */
export function routeOf(jobs: Iterable<JobCard>, member: string): JobCard[] {
  return [...jobs].filter((job) => job.member === member).sort(byNumber);
}

// A job without a number comes after the numbered ones.
function numberOf(job: JobCard): number {
  return job.number || Number.MAX_SAFE_INTEGER;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: string, b: string): number {
  return collator.compare(a, b);
}
