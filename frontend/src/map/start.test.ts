import { expect, test } from "vitest";

import { startOf } from "./start";

const WINTER = Date.UTC(2026, 0, 5, 23, 40);

test("a company with a place begins there", () => {
  expect(startOf({ lat: 48.2, lng: 16.4 }, "UTC", WINTER)).toEqual({
    lat: 48.2,
    lng: 16.4,
    zoom: 12,
  });
});

test.each([
  ["UTC", 0],
  ["Europe/Vienna", 15],
  ["America/Chicago", -90],
  ["Asia/Tokyo", 135],
  ["Pacific/Auckland", 195],
])("a company without one in %s begins at longitude %i", (zone, lng) => {
  expect(startOf({ lat: 0, lng: 0 }, zone, WINTER).lng).toBe(lng);
});
