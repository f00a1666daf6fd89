// The ground of the map before anything is on it; outlines and streets are added when they are here.

import type { StyleSpecification } from "maplibre-gl";

import { FADE_FROM, FADE_TO } from "./outlines";
import { PALETTES, type Tone } from "./palette";

/** A ground without any data. */
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
