// The ground of the map: land, water, borders, streets and their names, calm in both colours so
// that jobs and people stand out. No glyphs are fetched: letters come from the page's own fonts.

import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";

export type Tone = "light" | "dark";

interface Palette {
  land: string;
  water: string;
  shore: string;
  border: string;
  casing: string;
  minor: string;
  path: string;
  middle: string;
  major: string;
  majorCasing: string;
  motorway: string;
  motorwayCasing: string;
  rail: string;
  name: string;
  place: string;
  halo: string;
  waterName: string;
}

const PALETTES: Record<Tone, Palette> = {
  light: {
    land: "#f3f4f1",
    water: "#cbdfe6",
    shore: "#a9c6d0",
    border: "#b9c3c4",
    casing: "#dcdfdb",
    minor: "#ffffff",
    path: "#e3e5e1",
    middle: "#ffffff",
    major: "#fffaf0",
    majorCasing: "#d9d3c5",
    motorway: "#fbecd0",
    motorwayCasing: "#dcc79f",
    rail: "#cfd4d3",
    name: "#69767a",
    place: "#44545a",
    halo: "#f6f7f5",
    waterName: "#5f8796",
  },
  dark: {
    land: "#131b1f",
    water: "#0b2630",
    shore: "#1c4350",
    border: "#3a4a51",
    casing: "#0d1417",
    minor: "#222d32",
    path: "#1c262a",
    middle: "#2a363c",
    major: "#334147",
    majorCasing: "#0d1417",
    motorway: "#44535a",
    motorwayCasing: "#0d1417",
    rail: "#28343a",
    name: "#8497a0",
    place: "#b3c2c8",
    halo: "#131b1f",
    waterName: "#5b8b9c",
  },
};

/** Width in pixels at zoom 10, 13, 16 and 19 for each class of street. */
const WIDTHS: Record<string, [number, number, number, number]> = {
  motorway: [1.6, 4.2, 11, 34],
  trunk: [1.4, 3.8, 10, 32],
  primary: [1.2, 3.4, 10, 32],
  secondary: [0.9, 2.8, 9, 30],
  tertiary: [0.6, 2.1, 8, 28],
  minor: [0.2, 1.1, 6, 24],
  service: [0, 0.5, 3, 14],
};

const MINOR = ["residential", "unclassified", "living_street", "road"];
const PATHS = ["pedestrian", "footway", "path", "steps", "cycleway", "track", "bridleway"];
const RAILS = ["rail", "light_rail", "subway", "tram"];

// Outlines of the world give way to the shore of the streets' own area between these zooms: farther
// out that area is a spot on the map, nearer the outlines are wrong by a kilometre.
const FADE_FROM = 9.5;
const FADE_TO = 10.8;

/** Nearer than this outlines cannot be seen. */
export const OUTLINES_BELOW_ZOOM = FADE_TO;

/** The names of the sources the ground may have. */
export const WORLD = "world";
export const STREETS = "streets";

/** A ground without any data: `world` and `streets` are added once they are here. */
export function ground(tone: Tone): StyleSpecification {
  return {
    version: 8,
    sources: {},
    layers: [
      {
        id: "background",
        type: "background",
        // The outlines are too coarse to look at from near: close up everything is plain land.
        paint: {
          "background-color": [
            "interpolate",
            ["linear"],
            ["zoom"],
            FADE_FROM,
            PALETTES[tone].water,
            FADE_TO,
            PALETTES[tone].land,
          ],
        },
      },
    ],
  };
}

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

/** Streets, water and names of places, from OpenStreetMap: it must be named wherever it is shown. */
export function streetSource(data: GeoJSON.FeatureCollection) {
  return { type: "geojson", data, tolerance: 0.25, maxzoom: 15 } as const;
}

/** Water, streets by rank and all names. */
export function streetLayers(tone: Tone): LayerSpecification[] {
  const palette = PALETTES[tone];
  const byRank: [string, string[], string, string, number][] = [
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
    ...byRank.map(([rank, classes, , casing, minzoom]) =>
      street(`street-${rank}-casing`, classes, casing, minzoom, rank, 1.6),
    ),
    ...byRank.map(([rank, classes, fill, , minzoom]) =>
      street(`street-${rank}`, classes, fill, minzoom, rank, 0),
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

function street(
  id: string,
  classes: string[],
  lineColor: string,
  minzoom: number,
  rank: string,
  more: number,
): LayerSpecification {
  return {
    id,
    type: "line",
    source: STREETS,
    minzoom,
    filter: isOneOf(classes),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": lineColor, "line-width": width(rank, more) },
  };
}

// Slip roads are drawn at 60 % of the street they belong to.
function width(rank: string, more: number): ExpressionSpecification {
  const [far, city, near, close] = WIDTHS[rank] ?? [0.2, 1, 5, 20];
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
