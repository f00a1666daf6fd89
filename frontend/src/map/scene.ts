import type { Map as Engine } from "maplibre-gl";

import type { JobCard, MemberCard } from "../api/types";
import type { Pick } from "../state/view.svelte";
import type { Position } from "./polyline";

/** Everything the map shows at one moment. */
export interface Scene {
  jobs: readonly JobCard[];
  members: readonly MemberCard[];
  chosen: Pick | null;
  hovered: Pick | null;
  /** Jobs of the member in question in the order of the route, and that member's colour. */
  route: readonly JobCard[];
  routeColor: string;
  /** The planned ways of people along streets, each in its colour, and whose stands out. */
  lines: readonly { id: string; tint: string; positions: readonly Position[] }[];
  focus: string;
  /** The driven line of the member in question. */
  course: readonly Position[];
  /** The server's now, milliseconds since 1970. */
  now: number;
}

/** One file below `layers/`: it owns its sources and layers. */
export interface MapLayer {
  /** Put sources and layers on an empty ground; called again after each change of colours. */
  add(map: Engine): void;
  /** Show the scene. */
  update(map: Engine, scene: Scene): void;
  /** Take everything away that a new ground does not take away by itself. */
  remove(map: Engine): void;
}
