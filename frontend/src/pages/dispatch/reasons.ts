// Why a job was left out of a plan, in words.

import type { LeftOut } from "../../api/types";
import { words } from "../../words/en";
import * as format from "../../words/format";

const IN_SECONDS = new Set(["time_window", "working_hours"]);

/** A sentence: the reason, who comes closest and by how much, what it would add. */
export function whyNot(left: LeftOut, name: string, habits: format.Habits): string {
  const parts = [words.dispatch.reasons[left.reason] ?? left.reason];
  if (name) {
    const by = amount(left, habits);
    parts.push(by ? words.dispatch.closest(name, by) : words.dispatch.closestOnly(name));
  }
  if (left.adds !== null && left.adds > 0) {
    parts.push(words.dispatch.addsTime(format.duration(left.adds)));
  }
  return `${parts.join("; ")}.`;
}

/** The reason alone. */
export function reason(left: LeftOut): string {
  return words.dispatch.reasons[left.reason] ?? left.reason;
}

function amount(left: LeftOut, habits: format.Habits): string {
  if (left.by <= 0) return "";
  if (IN_SECONDS.has(left.reason)) return words.dispatch.lateBy(format.duration(left.by));
  if (left.reason === "max_distance") return words.dispatch.overBy(format.distance(left.by, habits));
  return left.reason === "capacity" ? words.dispatch.overBy(String(left.by)) : "";
}
