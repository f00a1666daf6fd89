// Jobs as pins coloured by progress; from far away as dots.

import type { GeoJSONSource, Map as Engine } from "maplibre-gl";

import type { JobCard } from "../../api/types";
import { isClosed, LOOKS, PROGRESSES, type Progress, progressOf } from "../../state/progress";
import { color } from "../colors";
import { drawPin, PIN_SCALE } from "../pins";
import type { MapLayer, Scene } from "../scene";

const SOURCE = "jobs";
const PINS = "job-pins";
const DOTS = "job-dots";
const CHOSEN = "job-chosen";
const HALO = "job-halo";
const NOTHING = ["==", ["get", "id"], ""] as never;

/** Layers a click or the pointer can hit, topmost first. */
export const JOB_LAYERS = [CHOSEN, PINS, DOTS];

/** Steps that show their place in the route instead of a sign. */
const NUMBERED = new Set<Progress>(["scheduled", "accepted"]);

export function jobs(): MapLayer {
  let shown: readonly JobCard[] | null = null;
  let marks = "";
  let focus = "";

  return {
    add(map) {
      shown = null;
      marks = "";
      focus = "";
      map.addSource(SOURCE, { type: "geojson", data: collection([]) });
      map.addLayer({
        id: HALO,
        type: "circle",
        source: SOURCE,
        filter: NOTHING,
        paint: {
          "circle-radius": 17,
          "circle-color": color("--brand"),
          "circle-opacity": 0.22,
          "circle-stroke-width": 1.5,
          "circle-stroke-color": color("--brand"),
          "circle-stroke-opacity": 0.7,
          "circle-pitch-alignment": "map",
        },
      });
      map.addLayer({
        id: DOTS,
        type: "circle",
        source: SOURCE,
        maxzoom: 10.5,
        layout: { "circle-sort-key": ["get", "rank"] },
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 3, 2.5, 10, 4.5],
          "circle-color": ["case", ["get", "hollow"], color("--surface-raised"), ["get", "tint"]],
          "circle-stroke-width": 1.5,
          "circle-stroke-color": [
            "case",
            ["get", "hollow"],
            ["get", "tint"],
            color("--surface-raised"),
          ],
        },
      });
      map.addLayer({
        id: PINS,
        type: "symbol",
        source: SOURCE,
        minzoom: 10.5,
        layout: {
          "icon-image": ["get", "pin"],
          "icon-anchor": "bottom",
          "icon-size": [
            "interpolate",
            ["linear"],
            ["zoom"],
            10.5,
            ["*", 0.55, ["get", "size"]],
            13,
            ["*", 0.8, ["get", "size"]],
            15.5,
            ["*", 1, ["get", "size"]],
          ],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "symbol-sort-key": ["get", "rank"],
        },
      });
      map.addLayer({
        id: CHOSEN,
        type: "symbol",
        source: SOURCE,
        filter: NOTHING,
        layout: {
          "icon-image": ["get", "pin"],
          "icon-anchor": "bottom",
          "icon-size": 1.2,
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
        },
      });
    },

    update(map, scene) {
      if (scene.jobs !== shown) {
        shown = scene.jobs;
        for (const job of shown) ensurePin(map, job);
        void map.getSource<GeoJSONSource>(SOURCE)?.setData(collection(shown));
      }
      const [chosen, hovered] = [jobId(scene.chosen), jobId(scene.hovered)];
      if (marks !== `${chosen}/${hovered}`) {
        marks = `${chosen}/${hovered}`;
        map.setFilter(CHOSEN, ["==", ["get", "id"], hovered || chosen]);
        map.setFilter(HALO, ["in", ["get", "id"], ["literal", [chosen, hovered]]]);
      }
      const member = scene.chosen?.kind === "member" ? scene.chosen.id : "";
      if (member !== focus) {
        focus = member;
        // Beside one person's route the jobs of the others step back.
        const opacity = focus ? (["case", ["==", ["get", "member"], focus], 1, 0.22] as never) : 1;
        map.setPaintProperty(PINS, "icon-opacity", opacity);
        map.setPaintProperty(DOTS, "circle-opacity", opacity);
        map.setPaintProperty(DOTS, "circle-stroke-opacity", opacity);
      }
    },

    remove() {
      // Sources, layers and pictures go with the ground.
    },
  };
}

function jobId(pick: Scene["chosen"]): string {
  return pick?.kind === "job" ? pick.id : "";
}

function pinName(job: JobCard): string {
  const progress = progressOf(job.progress);
  return `pin-${progress}-${NUMBERED.has(progress) && job.number > 0 ? job.number : ""}`;
}

function ensurePin(map: Engine, job: JobCard): void {
  const name = pinName(job);
  if (map.hasImage(name)) return;
  const text = name.split("-")[2] ?? "";
  map.addImage(name, drawPin(progressOf(job.progress), text), { pixelRatio: PIN_SCALE });
}

function collection(jobCards: readonly JobCard[]): GeoJSON.FeatureCollection {
  const tints = Object.fromEntries(PROGRESSES.map((one) => [one, color(LOOKS[one].color)]));
  return {
    type: "FeatureCollection",
    features: jobCards.flatMap((job) => {
      if (job.lat === null || job.lng === null) return [];
      const progress = progressOf(job.progress);
      return [
        {
          type: "Feature" as const,
          geometry: { type: "Point" as const, coordinates: [job.lng, job.lat] },
          properties: {
            id: job.id,
            member: job.member,
            pin: pinName(job),
            tint: tints[progress],
            hollow: LOOKS[progress].hollow,
            // What is over is smaller and below; what needs somebody lies on top.
            size: progress === "done" ? 0.82 : 1,
            rank: progress === "issue" ? 30 : isClosed(progress) ? 0 : 10 + (90 - job.lat) / 180,
          },
        },
      ];
    }),
  };
}
