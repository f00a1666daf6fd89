export type Freshness = "live" | "recent" | "stale" | "offline" | "none";

const LIVE_MS = 2 * 60_000;
const RECENT_MS = 10 * 60_000;
const STALE_MS = 60 * 60_000;

/**
 * How fresh a position of time `ts` is at `now`, both in milliseconds since 1970. The server says
 * it with each card; between two cards it ages here.
 */
export function freshness(ts: number | undefined, now: number): Freshness {
  if (ts === undefined || ts === 0) return "none";
  const age = now - ts;
  if (age < LIVE_MS) return "live";
  if (age < RECENT_MS) return "recent";
  if (age < STALE_MS) return "stale";
  return "offline";
}
