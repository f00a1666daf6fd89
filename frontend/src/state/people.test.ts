import { describe, expect, test } from "vitest";

import type { TeamMember } from "../api/types";
import { accessOf, ALL_TEAMS, isListed, NO_TEAM } from "./people";

const WANDA: TeamMember = {
  id: "w",
  name: "Wanda Wéber",
  username: "wanda@acme.example",
  role: "worker",
  color: "#2f6fde",
  phone: "+43 1 234",
  teams: [2],
  state: "active",
  seen: 0,
  freshness: "none",
  invitation: "",
  invitedUntil: 0,
  mayEdit: true,
};

describe("access", () => {
  test.each([
    [{}, "active"],
    [{ invitation: "open", invitedUntil: 2000 }, "invited"],
    [{ invitation: "open", invitedUntil: 1000 }, "expired"],
    [{ invitation: "expired", invitedUntil: 500 }, "expired"],
    [{ state: "deactivated", invitation: "open", invitedUntil: 2000 }, "deactivated"],
    [{ state: "suspended" }, "suspended"],
  ])("of %o is %s", (change, expected) => {
    expect(accessOf({ ...WANDA, ...change }, 1000)).toBe(expected);
  });
});

describe("the list", () => {
  test.each([
    ["", ALL_TEAMS, true],
    ["weber", ALL_TEAMS, true],
    ["acme wanda", ALL_TEAMS, true],
    ["234", ALL_TEAMS, true],
    ["willi", ALL_TEAMS, false],
    ["", 2, true],
    ["", 3, false],
    ["", NO_TEAM, false],
  ])("for %o in team %i shows Wanda: %s", (text, team, expected) => {
    expect(isListed(WANDA, text, team)).toBe(expected);
  });

  test("of those without a team leaves nobody of them out", () => {
    expect(isListed({ ...WANDA, teams: [] }, "", NO_TEAM)).toBe(true);
  });
});
