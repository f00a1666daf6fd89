import { expect, test } from "vitest";

import { Refused } from "../../api/client";
import { change, invitation, missing, NOBODY_YET, problemOf } from "./wish";

test("nothing is sent without a name and a username", () => {
  expect(Object.keys(missing({ ...NOBODY_YET, name: " " }))).toEqual(["name", "username"]);
  expect(missing({ ...NOBODY_YET, name: "Nora", username: "nora" })).toEqual({});
});

test("blanks around what was typed are not sent", () => {
  const wish = { ...NOBODY_YET, name: " Nora ", username: " nora@x.example ", phone: " 1 " };
  expect(invitation(wish)).toEqual({
    name: "Nora",
    username: "nora@x.example",
    phone: "1",
    role: "worker",
    teams: [],
  });
  expect(change({ ...wish, color: "#123456", teams: [3] })).toEqual({
    name: "Nora",
    phone: "1",
    color: "#123456",
    role: "worker",
    teams: [3],
  });
});

test("a refusal stands at its field, one the form does not have above it", () => {
  const refused = (field: string): Refused =>
    new Refused(409, { code: "username_taken", message: "Taken.", field, requestId: "" });
  expect(problemOf(refused("username"))).toEqual({ username: "Taken." });
  expect(problemOf(refused("uid"))).toEqual({ "": "Taken." });
});
