import { expect, test } from "vitest";

import { minuteOf, minutesLate } from "./late";
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
