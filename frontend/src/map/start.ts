// Where a map begins that has nothing to show yet.

export interface View {
  lat: number;
  lng: number;
  zoom: number;
}

const HOME_ZOOM = 12;
const CONTINENT_ZOOM = 3;
// Most people live between the tropics and the polar circle.
const USUAL_LAT = 38;
const DEGREES_PER_HOUR = 15;
const HOUR_MS = 3_600_000;

/**
 * The company's own place, or without one (0/0) the part of the world whose clocks agree with its
 * zone, an IANA name. `at` is in milliseconds since 1970.
 */
export function startOf(home: { lat: number; lng: number }, zone: string, at: number): View {
  if (home.lat || home.lng) return { ...home, zoom: HOME_ZOOM };
  return { lat: USUAL_LAT, lng: offset_h(zone, at) * DEGREES_PER_HOUR, zoom: CONTINENT_ZOOM };
}

function offset_h(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string): number =>
    Number(parts.find((one) => one.type === type)?.value ?? Number.NaN);
  const there = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
  return Math.round((there - at) / HOUR_MS);
}
