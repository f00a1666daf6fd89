// The time axis of a day of several people: from which hour to which, and where a moment lies.

import type { PersonDay } from "../api/types";

export const HOUR_MS = 3_600_000;

/** The hours that are shown, milliseconds since 1970, both on full hours. */
export interface Span {
  from: number;
  to: number;
}

const EARLIEST_H = 7;
const LATEST_H = 19;
// A round that ends after the next noon is an error in the data, not a reason to shrink the day.
const MOST_H = 36;

/** What must be seen of a day that begins at `midnight`: everybody's hours and stops. */
export function spanOf(people: readonly PersonDay[], midnight: number): Span {
  let from = midnight + EARLIEST_H * HOUR_MS;
  let to = midnight + LATEST_H * HOUR_MS;
  for (const one of people) {
    if (one.works) from = Math.min(from, one.begins);
    if (one.works && one.ends) to = Math.max(to, one.ends);
    for (const stop of one.stops) {
      from = Math.min(from, stop.arrive - (stop.settled ? 0 : stop.travelSeconds * 1000));
      to = Math.max(to, stop.leave);
    }
    if (one.stops.length > 0) to = Math.max(to, one.finish);
  }
  from = Math.max(midnight, Math.floor((from - midnight) / HOUR_MS) * HOUR_MS + midnight);
  to = Math.min(midnight + MOST_H * HOUR_MS, Math.ceil((to - midnight) / HOUR_MS) * HOUR_MS + midnight);
  return { from, to: Math.max(to, from + HOUR_MS) };
}

/** Where a moment lies, in pixels from the left of a track that is `width` wide. */
export function x(at: number, span: Span, width: number): number {
  return ((at - span.from) / (span.to - span.from)) * width;
}

/** The moment that lies at `pixels` from the left of a track. */
export function momentAt(pixels: number, span: Span, width: number): number {
  return span.from + (pixels / Math.max(1, width)) * (span.to - span.from);
}

/** The full hours to name, no two closer than `room` pixels. */
export function ticks(span: Span, width: number, room: number): number[] {
  const hours = (span.to - span.from) / HOUR_MS;
  const step = [1, 2, 3, 4, 6, 12].find((each) => (each / hours) * width >= room) ?? 24;
  const found: number[] = [];
  for (let at = span.from; at < span.to; at += step * HOUR_MS) found.push(at);
  return found;
}
