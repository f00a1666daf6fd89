import { expect, test } from "vitest";

import { someJob } from "../state/samples";
import { when } from "./times";

const habits = { zone: "Europe/Vienna", miles: false, twelve: false };
const nine = Date.UTC(2026, 0, 5, 8, 0);
const MINUTE = 60_000;

test("what is expected goes before what was planned, and what happened before both", () => {
  const planned = someJob({ scheduledStart: nine, windowStart: 480, windowEnd: 720 });
  const expected = { ...planned, eta: nine + 10 * MINUTE };
  expect(when(planned, habits)).toContain("00");
  expect(when(expected, habits)).toMatch(/^~ .*10/);
  expect(when({ ...expected, checkIn: nine + 20 * MINUTE }, habits)).not.toContain("~");
});
