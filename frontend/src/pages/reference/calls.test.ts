import { expect, test } from "vitest";

import { curl, python } from "./calls";

test("a quote in the body cannot end the shell's string", () => {
  const call = curl("http://h", "/api/x", { data: { name: "O'Brien" } }, "K");
  expect(call).toContain(`"name": "O'\\''Brien"`);
});

test("Python gets its own words for true, false and nothing", () => {
  const call = python("http://h", "/api/x", { data: { a: true, b: null, c: [], d: {} } }, "K");
  expect(call).toContain('"a": True,');
  expect(call).toContain('"b": None,');
  expect(call).toContain('"c": [],');
  expect(call).toContain('"http://h/api/x"');
});
