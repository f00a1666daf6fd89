import { expect, test } from "vitest";

import { glideTo, isOver, positionAt, standing } from "./glide";

test("a marker is half way at half time and stays where it arrives", () => {
  const glide = glideTo(standing([0, 0], 0), [0.01, 0.004], 1000);
  expect(positionAt(glide, 1500)).toEqual([0.005, 0.002]);
  expect(positionAt(glide, 9000)).toEqual([0.01, 0.004]);
  expect(isOver(glide, 1999)).toBe(false);
  expect(isOver(glide, 2000)).toBe(true);
});

test("a new fix in the middle of a movement goes on from there", () => {
  const first = glideTo(standing([0, 0], 0), [0.01, 0], 1000);
  const second = glideTo(first, [0.01, 0.01], 1500);
  expect(second.from).toEqual([0.005, 0]);
  expect(second.length).toBe(500);
});

test("far away it jumps", () => {
  const glide = glideTo(standing([0, 0], 0), [1, 1], 1000);
  expect(positionAt(glide, 1000)).toEqual([1, 1]);
});

test("after a long silence the movement is still short", () => {
  expect(glideTo(standing([0, 0], 0), [0.001, 0], 600_000).length).toBe(3000);
});
