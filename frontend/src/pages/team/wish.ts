import { Refused } from "../../api/client";
import type { EditMember, InviteMember, TeamMember } from "../../api/types";
import { safeColor } from "../../map/colors";
import { words } from "../../words/en";
import { say } from "../../words/problem";

/** What a form says of a member. `before` are the teams the member has so far. */
export interface Wish {
  name: string;
  username: string;
  phone: string;
  color: string;
  role: string;
  teams: number[];
  before: readonly number[];
}

export const NOBODY_YET: Wish = {
  name: "",
  username: "",
  phone: "",
  color: "",
  role: "worker",
  teams: [],
  before: [],
};

/** What a form begins with for a member who is there. */
export function wishOf(member: TeamMember): Wish {
  return {
    name: member.name,
    username: member.username,
    phone: member.phone,
    color: safeColor(member.color),
    role: member.role,
    teams: [...member.teams],
    before: member.teams,
  };
}

/** The body that invites. */
export function invitation(wish: Wish): InviteMember {
  const { role, teams } = wish;
  return {
    name: wish.name.trim(),
    username: wish.username.trim(),
    phone: wish.phone.trim(),
    role,
    teams,
  };
}

/** The body that changes a member. */
export function change(wish: Wish): EditMember {
  const { color, role, teams } = wish;
  return { name: wish.name.trim(), phone: wish.phone.trim(), color, role, teams };
}

/** What is missing before anything is sent, by the name of the field. */
export function missing(wish: Wish): Record<string, string> {
  const found: Record<string, string> = {};
  if (!wish.name.trim()) found["name"] = words.team.nameMissing;
  if (!wish.username.trim()) found["username"] = words.team.usernameMissing;
  return found;
}

const FIELDS = ["name", "username", "phone", "role", "teams"];

/** A refusal as a problem of its field, or of the whole form (an empty name). */
export function problemOf(error: unknown): Record<string, string> {
  const field = error instanceof Refused ? error.problem.field : "";
  return { [FIELDS.includes(field) ? field : ""]: say(error) };
}
