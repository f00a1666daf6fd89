import type { JobCard } from "../api/types";

/** How late, in minutes, a worker came or is about to come; 0 when in time or not known. */
export function minutesLate(job: JobCard, minuteNow: number): number {
  if (job.windowEnd <= 0 || job.windowEnd >= 1440 || job.checkIn || job.done) return 0;
  return Math.max(0, minuteNow - job.windowEnd);
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
