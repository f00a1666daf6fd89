// What the server has to draw below jobs and people.

import { server } from "../api/client";
import type { BaseMap } from "../api/types";
import { streets } from "./streets";

export interface Groundwork {
  /** The base map of imported extracts, or null when nothing was imported. */
  tiles: BaseMap | null;
  /** The streets of the demo, looked for when there is no base map. */
  roads: GeoJSON.FeatureCollection | null;
}

let asked: Promise<Groundwork> | null = null;

/** What there is to draw; asked once for the life of the page, again after no answer. */
export function groundwork(): Promise<Groundwork> {
  asked ??= load();
  return asked;
}

async function load(): Promise<Groundwork> {
  try {
    const map = await server.baseMap();
    if (map.tiles) return { tiles: map, roads: null };
  } catch {
    // The line is down: the next map asks again.
    asked = null;
  }
  return { tiles: null, roads: await streets() };
}
