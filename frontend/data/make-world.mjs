// Makes public/map/world.json: outlines of land and borders, and where to write a country's name.
//
// Source: Natural Earth 1:50m (public domain) as packed by the npm package world-atlas. The answer
// is a GeoJSON FeatureCollection; property `kind` is land, border or label. Positions are rounded
// to 1e-3 degrees (110 m), finer than the source, which halves the file.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature, mesh } from "topojson-client";

const require = createRequire(import.meta.url);
const atlas = JSON.parse(readFileSync(require.resolve("world-atlas/countries-50m.json"), "utf8"));
const target = join(dirname(fileURLToPath(import.meta.url)), "..", "public", "map", "world.json");

// A ring that crosses the antimeridian (Chukotka, Fiji) goes on beyond 180 degrees instead of
// jumping around the world, where it would flood or drain a strip of all continents on its way.
// A ring around a pole never comes back and stays as it is.
function unwrapped(ring) {
  let turns = 0;
  const whole = ring.map((position, i) => {
    const step = i === 0 ? 0 : position[0] - ring[i - 1][0];
    turns += step > 180 ? -1 : step < -180 ? 1 : 0;
    return [position[0] + 360 * turns, position[1]];
  });
  return turns === 0 ? whole : ring;
}

const rounded = (position) => position.map((degrees) => Math.round(degrees * 1e3) / 1e3);
const deep = (coordinates) =>
  typeof coordinates[0] === "number" ? rounded(coordinates) : coordinates.map(deep);

const polygonsOf = (geometry) =>
  geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;

function ringArea(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  }
  return Math.abs(sum / 2);
}

// The middle of the widest west-east run inside the largest ring, sampled on a few latitudes: a
// name there never falls into the sea, as a plain centroid does for Norway, Chile or Croatia.
function labelSpot(geometry) {
  const rings = polygonsOf(geometry).map((polygon) => polygon[0]);
  const ring = rings.reduce((best, one) => (ringArea(one) > ringArea(best) ? one : best));
  const lats = ring.map((position) => position[1]);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  let spot = ring[0];
  let widest = 0;
  for (let step = 3; step <= 7; step++) {
    const lat = south + ((north - south) * step) / 10;
    const crossings = [];
    for (let i = 0; i + 1 < ring.length; i++) {
      const [a, b] = [ring[i], ring[i + 1]];
      if (a[1] <= lat !== b[1] <= lat) {
        crossings.push(a[0] + ((lat - a[1]) * (b[0] - a[0])) / (b[1] - a[1]));
      }
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const width = crossings[i + 1] - crossings[i];
      if (width > widest) {
        widest = width;
        spot = [(crossings[i] + crossings[i + 1]) / 2, lat];
      }
    }
  }
  return { spot: rounded(spot), area: ringArea(ring) };
}

const land = feature(atlas, atlas.objects.land).features.map((one) => ({
  type: "Feature",
  properties: { kind: "land" },
  geometry: {
    type: "MultiPolygon",
    coordinates: deep(polygonsOf(one.geometry).map((polygon) => polygon.map(unwrapped))),
  },
}));
const borders = mesh(atlas, atlas.objects.countries, (a, b) => a !== b);
const labels = feature(atlas, atlas.objects.countries).features.map((country) => {
  const { spot, area } = labelSpot(country.geometry);
  return {
    type: "Feature",
    properties: { kind: "label", name: country.properties.name, area: Math.round(area * 10) / 10 },
    geometry: { type: "Point", coordinates: spot },
  };
});

mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  JSON.stringify({
    type: "FeatureCollection",
    features: [
      ...land,
      {
        type: "Feature",
        properties: { kind: "border" },
        geometry: { type: "MultiLineString", coordinates: deep(borders.coordinates) },
      },
      ...labels,
    ],
  }),
);
