import { expect, test } from "vitest";

import { fromInput, shift, toInput, today } from "./days";

test("the day before the first of March knows leap years", () => {
  expect(shift(20240301, -1)).toBe(20240229);
  expect(shift(20261231, 1)).toBe(20270101);
});

test("today is today in the zone of the company", () => {
  const lateInLondon = Date.UTC(2026, 10, 23, 23, 30);
  expect(today("Europe/London", lateInLondon)).toBe(20261123);
  expect(today("Europe/Berlin", lateInLondon)).toBe(20261124);
  expect(today("America/New_York", lateInLondon)).toBe(20261123);
});

test("a day survives the way through a date field", () => {
  expect(fromInput(toInput(20260105))).toBe(20260105);
});

test.each(["", "2026-02-30", "tomorrow"])("%o is no day", (text) => {
  expect(fromInput(text)).toBe(0);
});
