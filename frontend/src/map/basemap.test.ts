import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";

import type { BaseMap } from "../api/types";
import { tileLayers, TILES, tileSource } from "./basemap";
import { ground } from "./ground";
import { worldLayers, WORLD, worldSource } from "./outlines";
import type { Tone } from "./palette";
import { streetLayers, STREETS, streetSource } from "./streetmap";

const MAP: BaseMap = {
  tiles: "/web/tiles/0123456789abcdef/{z}/{x}/{y}",
  maxZoom: 14,
  frame: { west: 9.4, south: 47, east: 9.7, north: 47.3 },
  attribution: "© OpenStreetMap contributors",
};

describe.each<Tone>(["light", "dark"])("the ground in %s", (tone) => {
  it("is a style that the map can draw", () => {
    const style = ground(tone);
    style.sources = {
      [TILES]: tileSource(MAP, "https://fleet.example"),
      [WORLD]: worldSource(),
      [STREETS]: streetSource({ type: "FeatureCollection", features: [] }),
    };
    const own = tileLayers(tone);
    style.layers = [...style.layers, ...worldLayers(tone), ...own];
    expect(validateStyleMin(style)).toEqual([]);
    style.layers = [...ground(tone).layers, ...streetLayers(tone)];
    expect(validateStyleMin(style)).toEqual([]);
  });

  it("asks nobody for letters and pictures", () => {
    const style = ground(tone);
    expect(style.glyphs).toBeUndefined();
    expect(style.sprite).toBeUndefined();
  });
});

describe("the base map", () => {
  it("is asked for inside its frame, from our own server", () => {
    const source = tileSource(MAP, "https://fleet.example");
    expect(source).toMatchObject({
      tiles: ["https://fleet.example/web/tiles/0123456789abcdef/{z}/{x}/{y}"],
      bounds: [9.4, 47, 9.7, 47.3],
      maxzoom: 14,
    });
    expect(tileSource({ ...MAP, frame: null }, "")).not.toHaveProperty("bounds");
  });

  it("has each layer once, bridges above and tunnels below the ground", () => {
    const ids = tileLayers("light").map((layer) => layer.id);
    expect(new Set(ids).size).toBe(ids.length);
    const at = (id: string): number => ids.indexOf(id);
    expect(at("road-tunnel-motorway")).toBeLessThan(at("road-ground-service-casing"));
    expect(at("road-ground-motorway")).toBeLessThan(at("road-bridge-service-casing"));
    expect(at("building")).toBeLessThan(at("road-ground-service-casing"));
  });
});
