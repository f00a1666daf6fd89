// Members jump from fix to fix on the wire; on the map they glide.

import type { Position } from "./polyline";

/** A movement from one position to another, in milliseconds of the page's clock. */
export interface Glide {
  from: Position;
  to: Position;
  start: number;
  length: number;
}

const SHORTEST_MS = 250;
const LONGEST_MS = 3000;
/** Beyond this a marker jumps: a line across half the city would be a lie. Degrees, about 2 km. */
const JUMP_DEGREES = 0.02;

/**
 * How to go on from where `current` stands at `now` to `to`. The movement takes as long as the last
 * update was ago, so that steady fixes make steady movement.
 */
export function glideTo(current: Glide, to: Position, now: number): Glide {
  const from = positionAt(current, now);
  const apart = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  const length =
    apart > JUMP_DEGREES ? 0 : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, now - current.start));
  return { from, to, start: now, length };
}

/** A marker that stands at `at`. */
export function standing(at: Position, now: number): Glide {
  return { from: at, to: at, start: now, length: 0 };
}

/** Where the marker is at `now`. */
export function positionAt(glide: Glide, now: number): Position {
  if (isOver(glide, now)) return glide.to;
  const part = Math.max(0, now - glide.start) / glide.length;
  return [
    glide.from[0] + (glide.to[0] - glide.from[0]) * part,
    glide.from[1] + (glide.to[1] - glide.from[1]) * part,
  ];
}

/** Whether the marker has arrived. */
export function isOver(glide: Glide, now: number): boolean {
  return now >= glide.start + glide.length;
}
