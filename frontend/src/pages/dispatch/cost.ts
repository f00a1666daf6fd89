// What a move costs, in a few words.

import type { Cost } from "../../state/offers";
import { words } from "../../words/en";
import * as format from "../../words/format";

const MINUTE_S = 60;

/** Minutes and distance: `+12 min · +4.1 km`. */
export function price(cost: Cost, habits: format.Habits): string {
  return `${format.added(cost.seconds)} · ${format.addedWay(cost.metres, habits)}`;
}

/** Lateness it brings or saves, empty when less than a minute. */
export function lateness(cost: Cost): string {
  if (cost.late >= MINUTE_S) return words.dispatch.cost.late(format.duration(cost.late));
  if (cost.late <= -MINUTE_S) return words.dispatch.cost.lessLate(format.duration(-cost.late));
  return "";
}

/** What breaks, in words. */
export function broken(cost: Cost): string {
  return cost.breaks.map((kind) => words.dispatch.breaks[kind] ?? kind).join(", ");
}

/** Whether a dispatcher should look twice. */
export function isBad(cost: Cost): boolean {
  return cost.late >= MINUTE_S || cost.breaks.length > 0;
}
