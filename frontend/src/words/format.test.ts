import { describe, expect, test } from "vitest";

import * as format from "./format";

const PORTO: format.Habits = { zone: "Europe/Lisbon", twelve: false, miles: false };
const TEXAS: format.Habits = { zone: "America/Chicago", twelve: true, miles: true };
const NOON_UTC = Date.UTC(2026, 6, 1, 12, 5);

describe("times", () => {
  test("are those of the company's zone", () => {
    expect(format.time(NOON_UTC, PORTO)).toBe("13:05");
    expect(format.time(NOON_UTC, TEXAS)).toBe("7:05 am");
  });

  test("that never happened are empty", () => {
    expect(format.time(0, PORTO)).toBe("");
    expect(format.moment(0, PORTO)).toBe("");
    expect(format.date(0, PORTO)).toBe("");
    expect(format.dayOf(0, PORTO)).toBe("");
  });

  test("say the day where it matters", () => {
    expect(format.moment(NOON_UTC, PORTO)).toBe("1 Jul, 13:05");
    expect(format.date(NOON_UTC, PORTO)).toBe("1 Jul 2026");
    expect(format.dayOf(NOON_UTC, PORTO)).toBe("1 Jul");
  });
});

test.each([
  [480, 720, "08:00–12:00"],
  [480, 1440, "from 08:00"],
  [0, 720, "until 12:00"],
  [0, 1440, ""],
  [0, 0, ""],
])("a window from %i to %i reads %o", (start, end, expected) => {
  expect(format.window(start, end, PORTO)).toBe(expected);
});

test("the end of the day is 24:00, not 00:00", () => {
  expect(format.minuteOfDay(1440, PORTO)).toBe("24:00");
});

test("a day names its year only when it is another one", () => {
  expect(format.day(20261123, 2026)).toBe("Mon 23 Nov");
  expect(format.day(20251123, 2026)).toBe("Sun 23 Nov 2025");
});

test.each([
  [0, "0 m"],
  [994, "994 m"],
  [995, "1.0 km"],
  [9949, "9.9 km"],
  [38_400, "38 km"],
])("%i metres are %o", (metres, expected) => {
  expect(format.distance(metres, PORTO)).toBe(expected);
});

test("American companies see miles and feet", () => {
  expect(format.distance(100, TEXAS)).toBe("328 ft");
  expect(format.distance(1609.344, TEXAS)).toBe("1.0 mi");
  expect(format.speed(20, TEXAS)).toBe("45 mph");
  expect(format.speed(20, PORTO)).toBe("72 km/h");
});

test.each([
  [-3, "0 s"],
  [59, "59 s"],
  [720, "12 min"],
  [3900, "1 h 05"],
  [100_000, "1 d 3 h"],
])("%i seconds are %o", (seconds, expected) => {
  expect(format.duration(seconds)).toBe(expected);
});

test("ages start with just now, also when clocks disagree", () => {
  expect(format.ago(1_000_000, 999_000)).toBe("just now");
  expect(format.ago(1_000_000, 1_300_000)).toBe("5 min ago");
});

test.each([
  ["Wanda Weber", "WW"],
  ["Ana Maria dos Santos", "AS"],
  ["ángel", "Á"],
  ["  ", "?"],
])("the initials of %o are %o", (name, expected) => {
  expect(format.initials(name)).toBe(expected);
});

describe("bytes", () => {
  test.each([
    [0, "0 kB"],
    [1, "1 kB"],
    [812_000, "812 kB"],
    [999_400, "1000 kB"],
    [999_600, "1.0 MB"],
    [4_200_000, "4.2 MB"],
    [38_400_000_000, "38 GB"],
    [2_000_000_000_000_000, "2000 TB"],
  ])("%d is written as %s", (count, text) => {
    expect(format.bytes(count)).toBe(text);
  });
});

describe("differences", () => {
  test("carry their sign", () => {
    expect(format.added(720)).toBe("+12 min");
    expect(format.added(-300)).toBe("−5 min");
    expect(format.added(20)).toBe("±0 min");
    expect(format.addedWay(4100, PORTO)).toBe("+4.1 km");
    expect(format.addedWay(-350, PORTO)).toBe("−350 m");
    expect(format.addedWay(10, PORTO)).toBe("±0 km");
  });
});
