import { expect, test } from "vitest";

import { step, whereabouts } from "./steps";

test.each([
  ["job_created", "Created"],
  ["job_checked_in", "Checked in"],
  ["job_failed", "Marked as issue"],
  ["job_moved_to_mars", "Moved to mars"],
  ["Accepted", "Accepted"],
])("the step %s reads %o", (what, expected) => {
  expect(step(what)).toBe(expected);
});

test("a job somebody is at is called by its title", () => {
  const titles = new Map([["65a1", "Boiler inspection"]]);
  expect(whereabouts("job:65a1", (id) => titles.get(id))).toBe("At Boiler inspection");
  expect(whereabouts("job:65a2", (id) => titles.get(id))).toBe("At a job");
});

test("a place is called by its name where the server gives one", () => {
  expect(whereabouts("place:h4863l", () => undefined)).toBe("At a place");
  expect(whereabouts("Main depot", () => undefined)).toBe("At Main depot");
});
