import type { TeamMember } from "../api/types";
import { contains } from "./filter";

/** What may be said of a member's way in. */
export type Access = "active" | "invited" | "expired" | "deactivated" | "suspended";

/** Every team, those without any, or the team of that number. */
export const ALL_TEAMS = 0;
export const NO_TEAM = -1;

/** How a member gets in, at `now` (milliseconds since 1970): an invitation ends while one looks. */
export function accessOf(member: TeamMember, now: number): Access {
  if (member.state === "deactivated" || member.state === "suspended") return member.state;
  if (member.invitation === "") return "active";
  return member.invitation === "open" && now < member.invitedUntil ? "invited" : "expired";
}

/** Whether a member is listed under a text of the search and a team. */
export function isListed(member: TeamMember, text: string, team: number): boolean {
  if (team === NO_TEAM && member.teams.length > 0) return false;
  if (team > ALL_TEAMS && !member.teams.includes(team)) return false;
  return contains(text, [member.name, member.username, member.phone]);
}
