// Streets, water and names. No glyphs are fetched: letters come from the page's own fonts.

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

import { FADE_FROM, FADE_TO } from "./outlines";
import { type Palette, PALETTES, type Tone } from "./palette";
import { type Rank, street } from "./widths";

/** The name of the source of the streets. */
export const STREETS = "streets";

const MINOR = ["residential", "unclassified", "living_street", "road"];
const PATHS = ["pedestrian", "footway", "path", "steps", "cycleway", "track", "bridleway"];
const RAILS = ["rail", "light_rail", "subway", "tram"];

/** Streets, water and names of places, from OpenStreetMap: it must be named wherever it is shown. */
export function streetSource(data: GeoJSON.FeatureCollection) {
  return { type: "geojson", data, tolerance: 0.25, maxzoom: 15 } as const;
}

/** Water, streets by rank and all names. */
export function streetLayers(tone: Tone): LayerSpecification[] {
  const palette = PALETTES[tone];
  const byRank: [Rank, string[], string, string, number][] = [
    ["service", ["service"], palette.minor, palette.casing, 13.5],
    ["minor", MINOR, palette.minor, palette.casing, 11.5],
    ["tertiary", ["tertiary"], palette.middle, palette.casing, 10],
    ["secondary", ["secondary"], palette.middle, palette.casing, 9],
    ["primary", ["primary"], palette.major, palette.majorCasing, 8],
    ["trunk", ["trunk"], palette.major, palette.majorCasing, 7],
    ["motorway", ["motorway"], palette.motorway, palette.motorwayCasing, 6],
  ];
  // All casings lie below all fillings, so that crossings of equal streets look open.
  return [
    ...water(palette),
    {
      id: "street-path",
      type: "line",
      source: STREETS,
      minzoom: 14,
      filter: isOneOf(PATHS),
      paint: {
        "line-color": palette.path,
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 14, 0.8, 19, 6],
      },
    },
    {
      id: "street-rail",
      type: "line",
      source: STREETS,
      minzoom: 10,
      filter: isOneOf(RAILS),
      paint: { "line-color": palette.rail, "line-width": 1.2, "line-dasharray": [5, 3] },
    },
    ...byRank.map(([rank, classes, , color, minzoom]) =>
      street({
        id: `street-${rank}-casing`,
        source: STREETS,
        filter: isOneOf(classes),
        color,
        minzoom,
        rank,
        more: 1.6,
      }),
    ),
    ...byRank.map(([rank, classes, color, , minzoom]) =>
      street({
        id: `street-${rank}`,
        source: STREETS,
        filter: isOneOf(classes),
        color,
        minzoom,
        rank,
        more: 0,
      }),
    ),
    ...names(palette),
  ];
}

function water(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "water",
      type: "fill",
      source: STREETS,
      filter: ["==", ["get", "class"], "water"],
      minzoom: FADE_FROM,
      paint: {
        "fill-color": palette.water,
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], FADE_FROM, 0, FADE_TO, 1],
      },
    },
  ];
}

function names(palette: Palette): LayerSpecification[] {
  const letters = {
    "text-color": palette.name,
    "text-halo-color": palette.halo,
    "text-halo-width": 1.4,
  };
  const along = (id: string, classes: string[], minzoom: number): LayerSpecification => ({
    id,
    type: "symbol",
    source: STREETS,
    minzoom,
    filter: ["all", isOneOf(classes), ["!=", ["coalesce", ["get", "name"], ""], ""]],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 320,
      "text-field": ["get", "name"],
      "text-font": ["Inter Medium"],
      "text-size": ["interpolate", ["linear"], ["zoom"], minzoom, 10, 18, 13],
      "text-letter-spacing": 0.01,
      "text-max-angle": 32,
      "text-padding": 6,
    },
    paint: letters,
  });
  return [
    along("name-minor", [...MINOR, ...PATHS, "service"], 15),
    along("name-middle", ["tertiary", "secondary"], 13.6),
    along("name-major", ["primary", "trunk", "motorway"], 12.8),
    {
      id: "name-water",
      type: "symbol",
      source: STREETS,
      minzoom: 11,
      maxzoom: 16,
      filter: ["==", ["get", "class"], "water_name"],
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Medium Italic"],
        "text-size": 12,
        "text-letter-spacing": 0.08,
      },
      paint: { "text-color": palette.waterName, "text-halo-width": 0 },
    },
    {
      id: "name-place",
      type: "symbol",
      source: STREETS,
      maxzoom: 15.5,
      filter: [
        "all",
        ["==", ["get", "class"], "place"],
        ["<=", ["get", "rank"], ["step", ["zoom"], 1, 10.5, 2, 12.2, 3]],
      ],
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Semibold"],
        "text-size": [
          "interpolate",
          ["linear"],
          ["zoom"],
          10,
          ["match", ["get", "rank"], 1, 14, 2, 12, 10],
          15,
          ["match", ["get", "rank"], 1, 20, 2, 15, 12],
        ],
        "text-letter-spacing": ["match", ["get", "rank"], 1, 0.01, 0.04],
        "text-max-width": 8,
        "text-padding": 8,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: {
        "text-color": palette.place,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.6,
        "text-opacity": ["interpolate", ["linear"], ["zoom"], 14.5, 1, 15.5, 0],
      },
    },
  ];
}

function isOneOf(classes: string[]): ExpressionSpecification {
  return ["in", ["get", "class"], ["literal", classes]];
}
