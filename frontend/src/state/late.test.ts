import { expect, test } from "vitest";

import { minuteOf, minutesExpectedLate, minutesLate } from "./late";
import { someJob } from "./samples";

test("a job is late once its window has closed and nobody came", () => {
  expect(minutesLate(someJob({ windowEnd: 600 }), 600)).toBe(0);
  expect(minutesLate(someJob({ windowEnd: 600 }), 615)).toBe(15);
});

test("somebody who arrived is not late, nor is a job without a window", () => {
  expect(minutesLate(someJob({ windowEnd: 600, checkIn: 1 }), 900)).toBe(0);
  expect(minutesLate(someJob({ windowEnd: 1440 }), 1439)).toBe(0);
});

test("the minute of the day is the one of the zone", () => {
  expect(minuteOf(Date.UTC(2026, 6, 1, 0, 5), "Europe/Lisbon")).toBe(65);
  expect(minuteOf(Date.UTC(2026, 0, 1, 0, 5), "Europe/Lisbon")).toBe(5);
});

test("an arrival is expected late against the plan, or against the end of the window", () => {
  const nine = Date.UTC(2026, 0, 5, 8, 0);
  const late = { eta: nine + 12 * 60_000 };
  const zone = "Europe/Vienna";
  expect(minutesExpectedLate(someJob({ ...late, scheduledStart: nine }), zone)).toBe(12);
  expect(minutesExpectedLate(someJob({ ...late, windowEnd: 545 }), zone)).toBe(7);
  expect(minutesExpectedLate(someJob({ ...late, windowEnd: 1440 }), zone)).toBe(0);
  expect(minutesExpectedLate(someJob({ ...late, scheduledStart: nine, checkIn: 1 }), zone)).toBe(0);
  expect(minutesExpectedLate(someJob({ scheduledStart: nine }), zone)).toBe(0);
});
