import { describe, expect, test } from "vitest";

import type { Delivery } from "../../api/types";
import { inWords, joined, readable, toneOf } from "./deliveries";

function line(change: Partial<Delivery>): Delivery {
  return {
    id: "msg_1",
    action: "jobcreated",
    subject: "65a1",
    state: "waiting",
    attempts: 0,
    status: 0,
    error: "",
    created: 0,
    due: 0,
    done: 0,
    ...change,
  };
}

describe("a line", () => {
  test.each([
    [{ state: "waiting" }, "plain", "Waiting"],
    [{ state: "waiting", attempts: 2, status: 503 }, "warn", "Waiting · 503"],
    [{ state: "delivered", attempts: 1, status: 204 }, "good", "Delivered · 204"],
    [{ state: "dead", attempts: 9 }, "bad", "Given up"],
    [{ state: "off" }, "quiet", "Switched off"],
  ])("that is %o is %s and reads %o", (change, tone, text) => {
    expect(toneOf(line(change))).toBe(tone);
    expect(inWords(line(change))).toBe(text);
  });
});

test("the newest page replaces what it covers and keeps what is older", () => {
  const before = [line({ id: "c" }), line({ id: "b" }), line({ id: "a" })];
  const page = [line({ id: "d" }), line({ id: "c", state: "delivered" })];
  const all = joined(page, before);
  expect(all.map((one) => one.id)).toEqual(["d", "c", "b", "a"]);
  expect(all[1]?.state).toBe("delivered");
  expect(joined([], before)).toEqual([]);
});

test("bodies are made readable, whatever they hold", () => {
  const form = "application/x-www-form-urlencoded; charset=utf-8";
  expect(readable(form, "account=acme&data=%7B%22id%22%3A1%7D")).toBe(
    'account: acme\ndata: {\n  "id": 1\n}',
  );
  expect(readable(form, "data=%7Bbroken")).toBe("data: {broken");
  expect(readable("application/json", '{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
});
