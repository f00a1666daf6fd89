// The picture behind numbers of roads, drawn here: no sprite is fetched.

import type { Map as Engine } from "maplibre-gl";

import { PALETTES, type Tone } from "./palette";

const RATIO = 2;
const SIDE = 16;
const ROUND = 3;

/** Give the map the picture of a road sign in a tone; `name` is what layers call it. */
export function addSign(map: Engine, name: string, tone: Tone): void {
  if (map.hasImage(name)) return;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * RATIO;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const palette = PALETTES[tone];
  pen.scale(RATIO, RATIO);
  pen.beginPath();
  pen.roundRect(0.5, 0.5, SIDE - 1, SIDE - 1, ROUND);
  pen.fillStyle = palette.sign;
  pen.fill();
  pen.strokeStyle = palette.frontier;
  pen.stroke();
  const edge = (ROUND + 1) * RATIO;
  const inner: [number, number] = [edge, (SIDE - ROUND - 1) * RATIO];
  map.addImage(name, pen.getImageData(0, 0, SIDE * RATIO, SIDE * RATIO), {
    pixelRatio: RATIO,
    // The corners keep their shape when the sign grows with its text.
    stretchX: [inner],
    stretchY: [inner],
  });
}
