import { expect, test } from "vitest";

import { count, isClosed, LOOKS, progressOf, PROGRESSES } from "./progress";

test("each step counts its jobs and no job is lost", () => {
  const counts = count([{ progress: "done" }, { progress: "done" }, { progress: "issue" }]);
  expect(counts.done).toBe(2);
  expect(counts.issue).toBe(1);
  expect(counts.unassigned).toBe(0);
});

test("a step this page has never heard of counts as scheduled", () => {
  expect(progressOf("teleported")).toBe("scheduled");
});

test("only done and issue close a job", () => {
  expect(PROGRESSES.filter(isClosed)).toEqual(["done", "issue"]);
});

test("two steps of one colour differ in shape", () => {
  const shapes = PROGRESSES.map((one) => `${LOOKS[one].hollow}/${LOOKS[one].sign}`);
  expect(new Set(shapes).size).toBe(PROGRESSES.length);
});
