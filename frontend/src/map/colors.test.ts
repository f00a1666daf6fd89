import { expect, test } from "vitest";

import { inkOn, safeColor } from "./colors";

test.each([
  ["#ffffff", "#0d1a1e"],
  ["#ffc24b", "#0d1a1e"],
  ["#0b6e75", "#ffffff"],
  ["#000000", "#ffffff"],
])("on %s one writes %s", (background, ink) => {
  expect(inkOn(background)).toBe(ink);
});

test("only plain colours reach the page", () => {
  expect(safeColor("#A1b2c3")).toBe("#A1b2c3");
  expect(safeColor("red;background:url(x)")).toBe("#5b6b72");
  expect(safeColor("")).toBe("#5b6b72");
});
