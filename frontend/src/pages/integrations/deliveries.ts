import type { Delivery } from "../../api/types";
import { words } from "../../words/en";

const TONES: Record<string, "good" | "bad" | "plain" | "quiet"> = {
  delivered: "good",
  dead: "bad",
  waiting: "plain",
  off: "quiet",
};

/** How a line of the log is coloured: what waits after a failure warns. */
export function toneOf(line: Delivery): "good" | "bad" | "plain" | "quiet" | "warn" {
  if (line.state === "waiting" && line.attempts > 0) return "warn";
  return TONES[line.state] ?? "plain";
}

/** The state of a line in words, with the last HTTP status if there is one. */
export function inWords(line: Delivery): string {
  const state = words.integrations.states[line.state] ?? line.state;
  return words.integrations.stateWith(state, line.status);
}

/** The newest page, and behind it those of `before` that are older than it. */
export function joined(page: readonly Delivery[], before: readonly Delivery[]): Delivery[] {
  const last = page.at(-1)?.id;
  return last === undefined ? [...page] : [...page, ...before.filter((line) => line.id < last)];
}

/** A body made readable: JSON is indented, a form is one field a line with its JSON indented. */
export function readable(contentType: string, body: string): string {
  if (contentType.startsWith("application/json")) return indented(body);
  return [...new URLSearchParams(body)]
    .map(([name, value]) => `${name}: ${indented(value)}`)
    .join("\n");
}

function indented(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
