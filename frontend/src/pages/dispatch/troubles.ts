import type { Trouble } from "../../api/types";
import { words } from "../../words/en";
import * as format from "../../words/format";

const IN_SECONDS = new Set(["time_window", "working_hours"]);

/** A sentence about what a day breaks: `25 min after the time window.` */
export function troubleText(one: Trouble): string {
  const what = words.dispatch.breaks[one.kind] ?? one.kind;
  const text = IN_SECONDS.has(one.kind) ? `${format.duration(one.by)} ${what}` : what;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
