import { expect, test } from "vitest";

import { waitBefore_ms } from "./backoff";

test("the first retry comes within half a second", () => {
  expect(waitBefore_ms(0, 0)).toBe(250);
  expect(waitBefore_ms(0, 0.999)).toBeLessThan(500);
});

test("waiting doubles and stops growing at fifteen seconds", () => {
  expect(waitBefore_ms(2, 0)).toBe(1000);
  expect(waitBefore_ms(50, 0)).toBe(7500);
  expect(waitBefore_ms(50, 0.999)).toBeLessThan(15_000);
});
