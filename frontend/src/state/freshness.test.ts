import { expect, test } from "vitest";

import { freshness } from "./freshness";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

test.each([
  [undefined, "none"],
  [0, "none"],
  [NOW + 5000, "live"],
  [NOW - 2 * MINUTE + 1, "live"],
  [NOW - 2 * MINUTE, "recent"],
  [NOW - 10 * MINUTE, "stale"],
  [NOW - 60 * MINUTE, "offline"],
] as const)("a position of %s is %s", (ts, expected) => {
  expect(freshness(ts, NOW)).toBe(expected);
});
