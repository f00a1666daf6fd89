import { expect, test } from "vitest";

import { needOf } from "./need";
import { someJob } from "./samples";

test.each([
  ["issue", false, "attention"],
  ["rejected", false, "attention"],
  ["left", false, "attention"],
  ["in_progress", true, "underway"],
  ["accepted", false, "next"],
  ["scheduled", true, "attention"],
  ["unassigned", false, "unassigned"],
  ["unassigned", true, "attention"],
  ["done", true, "finished"],
] as const)("a job that is %s, late %s, belongs to %s", (progress, late, need) => {
  expect(needOf(someJob({ progress }), late)).toBe(need);
});
