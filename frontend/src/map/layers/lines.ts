// The rounds of everybody along streets, each in its person's colour; one stands out at a time.

import type { ExpressionSpecification, GeoJSONSource } from "maplibre-gl";

import { color } from "../colors";
import type { MapLayer, Scene } from "../scene";

const SOURCE = "rounds";

export function lines(): MapLayer {
  let shown: Scene["lines"] | null = null;
  let focus = "";

  return {
    add(map) {
      [shown, focus] = [null, ""];
      map.addSource(SOURCE, { type: "geojson", data: collection([]), tolerance: 0.3 });
      map.addLayer({
        id: "rounds-casing",
        type: "line",
        source: SOURCE,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": color("--surface"), "line-width": 5, "line-opacity": 0.7 },
      });
      map.addLayer({
        id: "rounds-line",
        type: "line",
        source: SOURCE,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": ["get", "tint"], "line-width": 2.5, "line-opacity": 0.85 },
      });
    },

    update(map, scene) {
      if (scene.lines !== shown) {
        shown = scene.lines;
        void map.getSource<GeoJSONSource>(SOURCE)?.setData(collection(shown));
      }
      if (scene.focus !== focus) {
        focus = scene.focus;
        const isIt: ExpressionSpecification = ["==", ["get", "id"], focus];
        map.setPaintProperty("rounds-line", "line-width", focus ? ["case", isIt, 4, 2] : 2.5);
        map.setPaintProperty("rounds-line", "line-opacity", focus ? ["case", isIt, 1, 0.25] : 0.85);
        map.setPaintProperty("rounds-casing", "line-opacity", focus ? ["case", isIt, 0.9, 0.2] : 0.7);
      }
    },

    remove() {
      // Sources and layers go with the ground.
    },
  };
}

function collection(all: Scene["lines"]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: all.map((one) => ({
      type: "Feature",
      properties: { id: one.id, tint: one.tint },
      geometry: { type: "LineString", coordinates: one.positions.map((at) => [...at]) },
    })),
  };
}
