import type { Position } from "./polyline";

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/**
 * The smallest box around all positions, or null without any. A few positions far from all others
 * (a phone that reported 0/0) do not zoom the map out to the whole world: beyond twenty they are
 * left out when the middle nine tenths span less than a tenth of the whole.
 */
export function around(positions: readonly Position[]): Box | null {
  if (positions.length === 0) return null;
  const whole = span(positions, 0);
  if (positions.length < 20) return whole;
  const middle = span(positions, 0.05);
  const far =
    whole.east - whole.west > 10 * (middle.east - middle.west) ||
    whole.north - whole.south > 10 * (middle.north - middle.south);
  return far ? middle : whole;
}

function span(positions: readonly Position[], cut: number): Box {
  const lngs = positions.map((position) => position[0]).sort((a, b) => a - b);
  const lats = positions.map((position) => position[1]).sort((a, b) => a - b);
  const low = Math.floor(cut * (positions.length - 1));
  const high = positions.length - 1 - low;
  return {
    west: lngs[low] ?? 0,
    east: lngs[high] ?? 0,
    south: lats[low] ?? 0,
    north: lats[high] ?? 0,
  };
}
