import { expect, test } from "vitest";

import { around } from "./bounds";
import type { Position } from "./polyline";

test("nothing has no box", () => {
  expect(around([])).toBeNull();
});

test("a box holds all positions", () => {
  expect(
    around([
      [-8.6, 41.1],
      [-8.7, 41.2],
    ]),
  ).toEqual({ west: -8.7, east: -8.6, south: 41.1, north: 41.2 });
});

test("one stray phone does not zoom out to the world", () => {
  const city: Position[] = Array.from({ length: 40 }, (_, i) => [-8.6 - i / 1000, 41.1 + i / 1000]);
  const box = around([...city, [0, 0]]);
  expect(box!.south).toBeGreaterThan(41);
  expect(box!.east).toBeLessThan(-8.5);
});
