import type { JobCard } from "../api/types";
import { progressOf } from "./progress";

/** Groups of jobs in the order somebody should look at them. */
export const NEEDS = ["attention", "underway", "next", "unassigned", "finished"] as const;

export type Need = (typeof NEEDS)[number];

/** Which group a job belongs to; `late` says that its window is over and nobody came. */
export function needOf(job: JobCard, late: boolean): Need {
  switch (progressOf(job.progress)) {
    case "issue":
    case "rejected":
    case "left":
      return "attention";
    case "in_progress":
      return "underway";
    case "done":
      return "finished";
    case "unassigned":
      return late ? "attention" : "unassigned";
    default:
      return late ? "attention" : "next";
  }
}
