// The base map of imported extracts: vector tiles of our own server, in the console's palette.
// Layers and properties are those of roundsman/basemap/layers.py. No glyphs and no sprites are
// fetched: letters come from the page's own fonts.

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  SourceSpecification,
} from "maplibre-gl";

import type { BaseMap } from "../api/types";
import { FADE_FROM, FADE_TO } from "./outlines";
import { type Palette, PALETTES, type Tone } from "./palette";
import { type Rank, street } from "./widths";

/** The name of the source of the base map. */
export const TILES = "basemap";

/** The tiles, drawn farther in than they reach; `origin` is that of the page. */
export function tileSource(map: BaseMap, origin: string): SourceSpecification {
  const { frame } = map;
  return {
    type: "vector",
    tiles: [origin + map.tiles],
    maxzoom: map.maxZoom,
    ...(frame ? { bounds: [frame.west, frame.south, frame.east, frame.north] } : {}),
  };
}

const RANKS: readonly Rank[] = [
  "service",
  "minor",
  "tertiary",
  "secondary",
  "primary",
  "trunk",
  "motorway",
];
const KINDS: Record<Rank, string[]> = {
  service: ["service", "taxiway"],
  minor: ["residential", "unclassified", "living_street", "busway", "pedestrian"],
  tertiary: ["tertiary"],
  secondary: ["secondary"],
  primary: ["primary"],
  trunk: ["trunk"],
  motorway: ["motorway", "runway"],
};
const FROM: Record<Rank, number> = {
  service: 13.5,
  minor: 12,
  tertiary: 10,
  secondary: 9,
  primary: 8,
  trunk: 6,
  motorway: 5,
};
const PATHS = ["footway", "path", "steps", "cycleway", "track", "bridleway"];
const TRAINS = ["rail", "narrow_gauge", "light_rail", "subway", "funicular", "monorail"];
const DIM = 0.45;

/** Everything of the base map, from the lowest layer to the highest. */
export function tileLayers(tone: Tone): LayerSpecification[] {
  const palette = PALETTES[tone];
  return [
    ...lands(palette),
    ...waters(palette),
    ...buildings(palette),
    ...streets(palette, "tunnel"),
    ...streets(palette, "ground"),
    ...rails(palette),
    ...streets(palette, "bridge"),
    ...borders(palette),
    ...names(palette),
    ...places(palette),
  ];
}

function lands(palette: Palette): LayerSpecification[] {
  const colors: [string[], string][] = [
    [["residential", "commercial", "retail", "garages"], palette.built],
    [["industrial", "railway", "quarry", "landfill", "brownfield"], palette.industry],
    [["farmland", "farmyard", "orchard", "vineyard", "plant_nursery"], palette.farm],
    [
      [
        "grass",
        "meadow",
        "grassland",
        "village_green",
        "recreation_ground",
        "heath",
        "scrub",
        "allotments",
        "greenfield",
        "marsh",
        "swamp",
        "bog",
      ],
      palette.green,
    ],
    [["park", "garden", "golf_course", "miniature_golf", "cemetery", "grave_yard"], palette.green],
    [["pitch", "playground", "sports_centre", "stadium"], palette.green],
    [["forest"], palette.wood],
    [["sand", "beach", "scree", "shingle", "bare_rock"], palette.sand],
  ];
  return [
    ...colors.map(
      ([kinds, color], at): LayerSpecification => ({
        id: `land-${at}`,
        type: "fill",
        source: TILES,
        "source-layer": "land",
        minzoom: 9,
        filter: isOneOf(kinds),
        paint: { "fill-color": color, "fill-opacity": fadeIn(), "fill-antialias": false },
      }),
    ),
    {
      id: "site",
      type: "fill",
      source: TILES,
      "source-layer": "sites",
      minzoom: 13,
      paint: { "fill-color": palette.site },
    },
    {
      id: "square",
      type: "fill",
      source: TILES,
      "source-layer": "street_polygons",
      minzoom: 13,
      paint: { "fill-color": palette.path },
    },
  ];
}

function waters(palette: Palette): LayerSpecification[] {
  const area = (id: string, layer: string, color: string): LayerSpecification => ({
    id,
    type: "fill",
    source: TILES,
    "source-layer": layer,
    minzoom: FADE_FROM,
    paint: { "fill-color": color, "fill-opacity": fadeIn() },
  });
  return [
    area("water-sea", "ocean", palette.water),
    {
      ...area("water-ice", "water_polygons", palette.ice),
      filter: isOneOf(["glacier"]),
    } as LayerSpecification,
    {
      ...area("water", "water_polygons", palette.water),
      filter: ["!", isOneOf(["glacier"])],
    } as LayerSpecification,
    {
      id: "water-line",
      type: "line",
      source: TILES,
      "source-layer": "water_lines",
      minzoom: 9,
      filter: ["!", ["to-boolean", ["get", "tunnel"]]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette.water,
        "line-opacity": fadeIn(),
        "line-width": [
          "interpolate",
          ["exponential", 1.4],
          ["zoom"],
          9,
          ["match", ["get", "kind"], ["river", "canal"], 0.8, 0.2],
          18,
          ["match", ["get", "kind"], ["river", "canal"], 12, 4],
        ],
      },
    },
    {
      id: "pier",
      type: "fill",
      source: TILES,
      "source-layer": "pier_polygons",
      minzoom: 12,
      paint: { "fill-color": palette.land },
    },
    {
      id: "pier-line",
      type: "line",
      source: TILES,
      "source-layer": "pier_lines",
      minzoom: 12,
      paint: {
        "line-color": palette.land,
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 12, 0.6, 18, 8],
      },
    },
    {
      id: "ferry",
      type: "line",
      source: TILES,
      "source-layer": "ferries",
      minzoom: 9,
      paint: { "line-color": palette.waterName, "line-width": 1, "line-dasharray": [4, 4] },
    },
  ];
}

function buildings(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "building",
      type: "fill",
      source: TILES,
      "source-layer": "buildings",
      minzoom: 14,
      paint: {
        "fill-color": palette.building,
        "fill-outline-color": palette.buildingEdge,
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0, 15, 1],
      },
    },
  ];
}

type Level = "tunnel" | "ground" | "bridge";

// All casings of a level lie below all its fillings, so that crossings of equal streets look open.
function streets(palette: Palette, level: Level): LayerSpecification[] {
  const fills: Record<Rank, [string, string]> = {
    service: [palette.minor, palette.casing],
    minor: [palette.minor, palette.casing],
    tertiary: [palette.middle, palette.casing],
    secondary: [palette.middle, palette.casing],
    primary: [palette.major, palette.majorCasing],
    trunk: [palette.major, palette.majorCasing],
    motorway: [palette.motorway, palette.motorwayCasing],
  };
  const layers = (casing: boolean): LayerSpecification[] =>
    RANKS.map((rank) => {
      const [fill, edge] = fills[rank];
      return street({
        id: `road-${level}-${rank}${casing ? "-casing" : ""}`,
        source: TILES,
        sourceLayer: "streets",
        filter: ["all", at(level), isOneOf(KINDS[rank])],
        color: casing ? edge : fill,
        minzoom: FROM[rank],
        rank,
        more: casing ? 1.6 : 0,
        ...(level === "tunnel" ? { opacity: DIM } : {}),
        // A round cap of a bridge would stick out over the street that it leads on to.
        cap: casing && level === "bridge" ? "butt" : "round",
      });
    });
  const paths: LayerSpecification = {
    id: `road-${level}-path`,
    type: "line",
    source: TILES,
    "source-layer": "streets",
    minzoom: 14,
    filter: ["all", at(level), isOneOf(PATHS)],
    paint: {
      "line-color": palette.path,
      "line-opacity": level === "tunnel" ? DIM : 1,
      "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 14, 0.8, 19, 6],
    },
  };
  return [paths, ...layers(true), ...layers(false)];
}

function at(level: Level): ExpressionSpecification {
  const tunnel: ExpressionSpecification = ["to-boolean", ["get", "tunnel"]];
  const bridge: ExpressionSpecification = ["to-boolean", ["get", "bridge"]];
  if (level === "tunnel") return tunnel;
  return level === "bridge" ? bridge : ["!", ["any", tunnel, bridge]];
}

function rails(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "rail",
      type: "line",
      source: TILES,
      "source-layer": "streets",
      minzoom: 9,
      filter: ["all", isOneOf([...TRAINS, "tram"]), ["!", ["to-boolean", ["get", "tunnel"]]]],
      paint: {
        "line-color": palette.rail,
        "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.7, 15, 1.4, 18, 2.4],
        "line-dasharray": [5, 3],
      },
    },
  ];
}

function borders(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "frontier-inner",
      type: "line",
      source: TILES,
      "source-layer": "boundaries",
      minzoom: 8,
      filter: [
        "all",
        [">", ["get", "admin_level"], 2],
        ["!", ["to-boolean", ["get", "maritime"]]],
      ],
      paint: { "line-color": palette.border, "line-width": 0.8, "line-dasharray": [3, 3] },
    },
    {
      id: "frontier",
      type: "line",
      source: TILES,
      "source-layer": "boundaries",
      minzoom: FADE_FROM,
      filter: [
        "all",
        ["==", ["get", "admin_level"], 2],
        ["!", ["to-boolean", ["get", "maritime"]]],
      ],
      paint: {
        "line-color": palette.frontier,
        "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1, 14, 1.8],
        "line-dasharray": [5, 2],
      },
    },
  ];
}

function names(palette: Palette): LayerSpecification[] {
  const along = (
    id: string,
    layer: string,
    kinds: string[],
    minzoom: number,
    color: string,
    font = "Inter Medium",
  ): LayerSpecification => ({
    id,
    type: "symbol",
    source: TILES,
    "source-layer": layer,
    minzoom,
    filter: ["all", isOneOf(kinds), ["has", "name"]],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 320,
      "text-field": ["get", "name"],
      "text-font": [font],
      "text-size": ["interpolate", ["linear"], ["zoom"], minzoom, 10, 18, 13],
      "text-letter-spacing": 0.01,
      "text-max-angle": 32,
      "text-padding": 6,
    },
    paint: { "text-color": color, "text-halo-color": palette.halo, "text-halo-width": 1.4 },
  });
  const small = [...KINDS.minor, ...PATHS, "service"];
  return [
    {
      id: "number",
      type: "symbol",
      source: TILES,
      "source-layer": "addresses",
      minzoom: 16,
      layout: {
        "text-field": ["get", "housenumber"],
        "text-font": ["Inter Medium"],
        "text-size": 10,
        "text-padding": 3,
      },
      paint: {
        "text-color": palette.number,
        "text-halo-color": palette.halo,
        "text-halo-width": 1,
      },
    },
    along("name-minor", "street_labels", small, 15, palette.name),
    along("name-middle", "street_labels", ["tertiary", "secondary"], 13.6, palette.name),
    along("name-major", "street_labels", ["primary", "trunk", "motorway"], 12.8, palette.name),
    along(
      "name-brook",
      "water_lines_labels",
      ["river", "canal", "stream"],
      13,
      palette.waterName,
      "Inter Medium Italic",
    ),
    {
      id: "name-water",
      type: "symbol",
      source: TILES,
      "source-layer": "water_polygons_labels",
      minzoom: 11,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Medium Italic"],
        "text-size": 12,
        "text-letter-spacing": 0.06,
        "text-max-width": 7,
      },
      paint: { "text-color": palette.waterName, "text-halo-width": 0 },
    },
    {
      id: "sign",
      type: "symbol",
      source: TILES,
      "source-layer": "street_labels",
      minzoom: 10,
      maxzoom: 16,
      filter: [
        "all",
        ["has", "ref"],
        ["step", ["zoom"], isOneOf(["motorway", "trunk"]), 12, isOneOf(HIGH)],
        // What does not fit on a sign is no number of a road.
        ["<=", ["length", ["get", "ref"]], 7],
      ],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "icon-image": SIGN,
        "icon-text-fit": "both",
        "icon-text-fit-padding": [1, 4, 1, 4],
        "icon-rotation-alignment": "viewport",
        "text-rotation-alignment": "viewport",
        "text-field": ["get", "ref"],
        "text-font": ["Inter Semibold"],
        "text-size": 10,
        "text-padding": 12,
      },
      paint: { "text-color": palette.signInk },
    },
    {
      id: "name-station",
      type: "symbol",
      source: TILES,
      "source-layer": "public_transport",
      minzoom: 13.5,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Medium"],
        "text-size": 11,
        "text-max-width": 8,
      },
      paint: {
        "text-color": palette.name,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.4,
      },
    },
  ];
}

const HIGH = ["motorway", "trunk", "primary", "secondary"];

/** The name of the picture on which numbers of roads stand; `addSign` draws it. */
export const SIGN = "road-sign";

function places(palette: Palette): LayerSpecification[] {
  // Which places are worth a name at a zoom, by kind.
  const cities = ["capital", "state_capital", "city"];
  const near = [...cities, "town", "village", "suburb", "island"];
  const shown: FilterSpecification = [
    "step",
    ["zoom"],
    isOneOf(cities),
    8,
    isOneOf([...cities, "town"]),
    11,
    isOneOf(near),
    13,
    isOneOf([...near, "quarter", "neighbourhood", "hamlet"]),
    14,
    ["literal", true],
  ];
  const size = (city: number, town: number, rest: number): ExpressionSpecification => [
    "match",
    ["get", "kind"],
    cities,
    city,
    "town",
    town,
    rest,
  ];
  return [
    {
      id: "name-place",
      type: "symbol",
      source: TILES,
      "source-layer": "place_labels",
      maxzoom: 16,
      filter: shown,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Inter Semibold"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 6, size(12, 10, 9), 15, size(20, 17, 12)],
        "text-letter-spacing": 0.02,
        "text-max-width": 8,
        "text-padding": 8,
        "symbol-sort-key": ["-", ["get", "population"]],
      },
      paint: {
        "text-color": palette.place,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.6,
        "text-opacity": ["interpolate", ["linear"], ["zoom"], 15, 1, 16, 0],
      },
    },
  ];
}

// Where outlines of the world give way, areas of the base map come.
function fadeIn(): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], FADE_FROM, 0, FADE_TO, 1];
}

function isOneOf(kinds: string[]): ExpressionSpecification {
  return ["in", ["get", "kind"], ["literal", kinds]];
}
