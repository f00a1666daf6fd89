/** A position as [longitude, latitude] in degrees, the order of GeoJSON. */
export type Position = [number, number];

/**
 * Decode an encoded polyline of five decimals (Google's "Encoded Polyline Algorithm Format").
 * A text cut off in the middle of a number gives the positions before it.
 */
export function decode(encoded: string): Position[] {
  const line: Position[] = [];
  let at = 0;
  let lat = 0;
  let lng = 0;

  function next(): number | null {
    let value = 0;
    let shift = 0;
    while (at < encoded.length) {
      const bits = encoded.charCodeAt(at++) - 63;
      value |= (bits & 31) << shift;
      shift += 5;
      if (bits < 32) return value & 1 ? ~(value >> 1) : value >> 1;
    }
    return null;
  }

  for (;;) {
    const north = next();
    const east = next();
    if (north === null || east === null) return line;
    lat += north;
    lng += east;
    line.push([lng / 1e5, lat / 1e5]);
  }
}
