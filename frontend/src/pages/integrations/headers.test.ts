import { expect, test } from "vitest";

import { fromRows, isAddress, toRows } from "./headers";

test("headers survive the form", () => {
  const headers = { Authorization: "Bearer s3cret", "X-Token": "abc" };
  expect(fromRows(toRows(headers))).toEqual(headers);
});

test("empty rows are nothing and blanks around do not count", () => {
  expect(
    fromRows([
      { name: "", value: "" },
      { name: " X-A ", value: " 1 " },
    ]),
  ).toEqual({ "X-A": "1" });
});

test.each(["", "two words", "colon:", "naïve"])("%o is no name of a header", (name) => {
  expect(fromRows([{ name, value: "x" }])).toBeNull();
});

test.each([
  ["https://erp.example/hook", true],
  ["http://127.0.0.1:9000/", true],
  ["erp.example/hook", false],
  ["ftp://erp.example", false],
  ["https://", false],
])("%o is an address: %o", (text, expected) => {
  expect(isAddress(text)).toBe(expected);
});
