// The world from far away: land, borders and names of countries.

import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";

import { PALETTES, type Tone } from "./palette";

// Outlines of the world give way to the shore of the streets' own area between these zooms: farther
// out that area is a spot on the map, nearer the outlines are wrong by a kilometre.
export const FADE_FROM = 9.5;
export const FADE_TO = 10.8;

/** Nearer than this outlines cannot be seen. */
export const OUTLINES_BELOW_ZOOM = FADE_TO;

/** The name of the source of the outlines. */
export const WORLD = "world";

/** Outlines of the world, Natural Earth. */
export function worldSource(): SourceSpecification {
  return { type: "geojson", data: "/map/world.json", tolerance: 0.3, maxzoom: 8 };
}

/** Land, borders and names of countries. */
export function worldLayers(tone: Tone): LayerSpecification[] {
  const palette = PALETTES[tone];
  const fades: ExpressionSpecification = [
    "interpolate",
    ["linear"],
    ["zoom"],
    FADE_FROM,
    1,
    FADE_TO,
    0,
  ];
  return [
    {
      id: "land",
      type: "fill",
      source: WORLD,
      maxzoom: FADE_TO,
      filter: ["==", ["get", "kind"], "land"],
      paint: { "fill-color": palette.land, "fill-opacity": fades },
    },
    {
      id: "shore",
      type: "line",
      source: WORLD,
      maxzoom: FADE_TO,
      filter: ["==", ["get", "kind"], "land"],
      paint: { "line-color": palette.shore, "line-width": 0.8, "line-opacity": fades },
    },
    {
      id: "border",
      type: "line",
      source: WORLD,
      maxzoom: 11,
      filter: ["==", ["get", "kind"], "border"],
      paint: { "line-color": palette.border, "line-width": 1, "line-dasharray": [4, 2] },
    },
    {
      id: "country",
      type: "symbol",
      source: WORLD,
      minzoom: 1.5,
      maxzoom: 7,
      filter: [
        "all",
        ["==", ["get", "kind"], "label"],
        [">", ["get", "area"], ["step", ["zoom"], 60, 3, 12, 4, 2, 5, 0]],
      ],
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Medium"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 2, 10, 6, 15],
        "text-max-width": 7,
        "symbol-sort-key": ["-", ["get", "area"]],
      },
      paint: {
        "text-color": palette.place,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.2,
      },
    },
  ];
}
