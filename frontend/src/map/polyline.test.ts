import { expect, test } from "vitest";

import { decode } from "./polyline";

test("the example of the format's documentation", () => {
  expect(decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@")).toEqual([
    [-120.2, 38.5],
    [-120.95, 40.7],
    [-126.453, 43.252],
  ]);
});

test("nothing is no line", () => {
  expect(decode("")).toEqual([]);
});

test("a cut text keeps what is whole", () => {
  expect(decode("_p~iF~ps|U_ul")).toEqual([[-120.2, 38.5]]);
});
