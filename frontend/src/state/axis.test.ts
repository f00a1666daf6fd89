import { expect, it } from "vitest";

import type { PersonDay } from "../api/types";
import { HOUR_MS, momentAt, spanOf, ticks, x } from "./axis";

const midnight = 1_000 * HOUR_MS;

function day(more: Partial<PersonDay>): PersonDay {
  return { works: false, begins: 0, ends: 0, finish: 0, stops: [], ...more } as unknown as PersonDay;
}

it("shows seven to seven where nobody asks for more", () => {
  expect(spanOf([], midnight)).toEqual({ from: midnight + 7 * HOUR_MS, to: midnight + 19 * HOUR_MS });
});

it("shows whole hours around everybody's hours and rounds", () => {
  const early = day({ works: true, begins: midnight + 5.5 * HOUR_MS, ends: midnight + 14 * HOUR_MS });
  const late = day({
    finish: midnight + 21.2 * HOUR_MS,
    stops: [
      {
        arrive: midnight + 20 * HOUR_MS,
        leave: midnight + 21 * HOUR_MS,
        travelSeconds: 0,
        settled: false,
      },
    ] as unknown as PersonDay["stops"],
  });
  expect(spanOf([early, late], midnight)).toEqual({
    from: midnight + 5 * HOUR_MS,
    to: midnight + 22 * HOUR_MS,
  });
});

it("puts moments on a track and back", () => {
  const span = { from: 0, to: 10 * HOUR_MS };
  expect(x(5 * HOUR_MS, span, 1000)).toBe(500);
  expect(momentAt(500, span, 1000)).toBe(5 * HOUR_MS);
  expect(ticks(span, 1000, 90)).toHaveLength(10);
  expect(ticks(span, 400, 90)).toEqual([0, 3, 6, 9].map((hour) => hour * HOUR_MS));
});
