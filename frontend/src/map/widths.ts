// How wide streets are drawn, whichever source they come from.

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

export type Rank =
  | "motorway"
  | "trunk"
  | "primary"
  | "secondary"
  | "tertiary"
  | "minor"
  | "service";

/** Width in pixels at zoom 10, 13, 16 and 19 for each class of street. */
const WIDTHS: Record<Rank, [number, number, number, number]> = {
  motorway: [1.6, 4.2, 11, 34],
  trunk: [1.4, 3.8, 10, 32],
  primary: [1.2, 3.4, 10, 32],
  secondary: [0.9, 2.8, 9, 30],
  tertiary: [0.6, 2.1, 8, 28],
  minor: [0.2, 1.1, 6, 24],
  service: [0, 0.5, 3, 14],
};

interface Street {
  id: string;
  source: string;
  sourceLayer?: string;
  filter: ExpressionSpecification;
  color: string;
  minzoom: number;
  rank: Rank;
  /** Pixels more on both sides together, for a casing. */
  more: number;
  opacity?: number;
  cap?: "round" | "butt";
}

/** The layer of one rank of streets, or of their casing. */
export function street(one: Street): LayerSpecification {
  return {
    id: one.id,
    type: "line",
    source: one.source,
    ...(one.sourceLayer ? { "source-layer": one.sourceLayer } : {}),
    minzoom: one.minzoom,
    filter: one.filter,
    layout: { "line-cap": one.cap ?? "round", "line-join": "round" },
    paint: {
      "line-color": one.color,
      "line-width": width(one.rank, one.more),
      "line-opacity": one.opacity ?? 1,
    },
  };
}

// Slip roads are drawn at 60 % of the street they belong to.
function width(rank: Rank, more: number): ExpressionSpecification {
  const [far, city, near, close] = WIDTHS[rank];
  const at = (pixels: number): ExpressionSpecification => [
    "+",
    ["*", pixels, ["case", ["boolean", ["get", "link"], false], 0.6, 1]],
    pixels > 0 ? more : 0,
  ];
  return [
    "interpolate",
    ["exponential", 1.5],
    ["zoom"],
    10,
    at(far),
    13,
    at(city),
    16,
    at(near),
    19,
    at(close),
  ];
}
