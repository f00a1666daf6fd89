import { expect, test } from "vitest";

import { contrast, inkOn, safeColor } from "./colors";

test.each([
  ["#ffffff", "#000000"],
  ["#ffc24b", "#000000"],
  ["#0b6e75", "#ffffff"],
  ["#000000", "#ffffff"],
])("on %s one writes %s", (background, ink) => {
  expect(inkOn(background)).toBe(ink);
});

test("letters can be read on every colour", () => {
  for (let red = 0; red < 256; red += 15) {
    for (let green = 0; green < 256; green += 15) {
      for (let blue = 0; blue < 256; blue += 51) {
        const parts = [red, green, blue].map((part) => part.toString(16).padStart(2, "0"));
        const background = `#${parts.join("")}`;
        expect(contrast(background, inkOn(background))).toBeGreaterThanOrEqual(4.5);
      }
    }
  }
});

test("only plain colours reach the page", () => {
  expect(safeColor("#A1b2c3")).toBe("#A1b2c3");
  expect(safeColor("red;background:url(x)")).toBe("#5b6b72");
  expect(safeColor("")).toBe("#5b6b72");
});
