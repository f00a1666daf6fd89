import type { JobCard } from "../api/types";
import { words } from "./en";
import * as format from "./format";

/** Whether somebody is expected at a job and has not come yet. */
export function isExpected(job: JobCard): boolean {
  return job.eta > 0 && !job.done && !job.checkIn;
}

/** The time that says most of a job: done, arrived, expected, planned, or its window. */
export function when(job: JobCard, habits: format.Habits): string {
  if (isExpected(job)) return words.job.about(format.time(job.eta, habits));
  return (
    format.time(job.done || job.checkIn || job.scheduledStart, habits) ||
    format.window(job.windowStart, job.windowEnd, habits)
  );
}
