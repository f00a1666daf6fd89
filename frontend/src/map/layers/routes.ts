// Lines of one member: driven as it was, planned as straight dashes from job to job.

import type { GeoJSONSource } from "maplibre-gl";

import type { JobCard } from "../../api/types";
import { isClosed, progressOf } from "../../state/progress";
import { color } from "../colors";
import type { Position } from "../polyline";
import type { MapLayer, Scene } from "../scene";

const DRIVEN = "driven";
const PLANNED = "planned";

export function routes(): MapLayer {
  let course: Scene["course"] | null = null;
  let route: Scene["route"] | null = null;
  let tint = "";

  return {
    add(map) {
      [course, route, tint] = [null, null, ""];
      map.addSource(DRIVEN, { type: "geojson", data: line([]), tolerance: 0.2 });
      map.addSource(PLANNED, { type: "geojson", data: collection([]) });
      map.addLayer({
        id: "driven-casing",
        type: "line",
        source: DRIVEN,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": color("--surface"), "line-width": 7, "line-opacity": 0.85 },
      });
      map.addLayer({
        id: "driven-line",
        type: "line",
        source: DRIVEN,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": color("--brand"), "line-width": 4 },
      });
      map.addLayer({
        id: "planned-line",
        type: "line",
        source: PLANNED,
        layout: { "line-cap": "butt", "line-join": "round" },
        paint: {
          "line-color": color("--ink"),
          "line-width": 2,
          "line-dasharray": [2.5, 2],
          "line-opacity": ["case", ["get", "over"], 0.25, 0.75],
        },
      });
    },

    update(map, scene) {
      if (scene.course !== course) {
        course = scene.course;
        void map.getSource<GeoJSONSource>(DRIVEN)?.setData(line(course));
      }
      if (scene.route !== route) {
        route = scene.route;
        void map.getSource<GeoJSONSource>(PLANNED)?.setData(collection(legs(route)));
      }
      if (scene.routeColor !== tint) {
        tint = scene.routeColor;
        map.setPaintProperty("driven-line", "line-color", tint || color("--brand"));
      }
    },

    remove() {
      // Sources and layers go with the ground.
    },
  };
}

function legs(jobs: readonly JobCard[]): GeoJSON.Feature[] {
  const placed = jobs.filter((job) => job.lat !== null && job.lng !== null);
  return placed.slice(1).map((job, at) => {
    const before = placed[at] ?? job;
    return {
      type: "Feature",
      properties: { over: isClosed(progressOf(job.progress)) },
      geometry: {
        type: "LineString",
        coordinates: [
          [before.lng ?? 0, before.lat ?? 0],
          [job.lng ?? 0, job.lat ?? 0],
        ],
      },
    };
  });
}

function collection(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: "FeatureCollection", features };
}

function line(positions: readonly Position[]): GeoJSON.Feature {
  return {
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates: positions.map((position) => [...position]) },
  };
}
