// The steps of a job as colours, shapes and order. Never by colour alone: each has its own sign.

/** Every progress the server knows, in the order a day goes. */
export const PROGRESSES = [
  "unassigned",
  "scheduled",
  "accepted",
  "in_progress",
  "left",
  "done",
  "issue",
  "rejected",
] as const;

export type Progress = (typeof PROGRESSES)[number];

export type Sign = "none" | "dot" | "play" | "out" | "check" | "bang" | "slash";

export interface Look {
  /** Name of the CSS custom property with its colour. */
  color: string;
  hollow: boolean;
  dashed: boolean;
  sign: Sign;
}

export const LOOKS: Record<Progress, Look> = {
  unassigned: { color: "--unassigned", hollow: true, dashed: true, sign: "none" },
  scheduled: { color: "--scheduled", hollow: false, dashed: false, sign: "none" },
  accepted: { color: "--accepted", hollow: false, dashed: false, sign: "dot" },
  in_progress: { color: "--in-progress", hollow: false, dashed: false, sign: "play" },
  left: { color: "--left", hollow: true, dashed: false, sign: "out" },
  done: { color: "--done", hollow: false, dashed: false, sign: "check" },
  issue: { color: "--issue", hollow: false, dashed: false, sign: "bang" },
  rejected: { color: "--rejected", hollow: true, dashed: false, sign: "slash" },
};

/** Strokes of each sign on a grid of 16, centre at 8/8, drawn with round ends. */
export const SIGNS: Record<Sign, string> = {
  none: "",
  dot: "M8 8h.01",
  play: "M7 5.6 10.4 8 7 10.4z",
  out: "M5.6 8h4.6M8.4 5.9 10.5 8l-2.1 2.1",
  check: "M5.2 8.2 7.2 10.2 10.9 6",
  bang: "M8 4.8v3.7M8 11h.01",
  slash: "M4.4 11.6 11.6 4.4",
};

const KNOWN = new Set<string>(PROGRESSES);

/** The progress of that name; a name of a newer server counts as scheduled. */
export function progressOf(name: string): Progress {
  return KNOWN.has(name) ? (name as Progress) : "scheduled";
}

/** Whether nothing is left to do. */
export function isClosed(progress: Progress): boolean {
  return progress === "done" || progress === "issue";
}

/** How many jobs stand at each step. */
export function count(jobs: Iterable<{ progress: string }>): Record<Progress, number> {
  const counts = Object.fromEntries(PROGRESSES.map((one) => [one, 0])) as Record<Progress, number>;
  for (const job of jobs) counts[progressOf(job.progress)] += 1;
  return counts;
}
