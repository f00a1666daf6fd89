import type { JobCard } from "../api/types";

/** More than this beside the plan is worth a word. */
export const NOTABLE_MINUTES = 5;

/** How late, in minutes, a worker came or is about to come; 0 when in time or not known. */
export function minutesLate(job: JobCard, minuteNow: number): number {
  if (job.windowEnd <= 0 || job.windowEnd >= 1440 || job.checkIn || job.done) return 0;
  return Math.max(0, minuteNow - job.windowEnd);
}

/**
 * How late, in minutes, a worker is expected; 0 when in time or early, or where nobody is expected.
 * Against the planned time, without one against the end of the window.
 */
export function minutesExpectedLate(job: JobCard, zone: string): number {
  if (!job.eta || job.checkIn || job.done) return 0;
  if (job.scheduledStart) return Math.max(0, Math.round((job.eta - job.scheduledStart) / 60_000));
  if (job.windowEnd <= 0 || job.windowEnd >= 1440) return 0;
  return Math.max(0, minuteOf(job.eta, zone) - job.windowEnd);
}

/** Minutes since midnight in an IANA `zone` at `now`, milliseconds since 1970. */
export function minuteOf(now: number, zone: string): number {
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(now);
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}
