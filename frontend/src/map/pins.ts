// Pictures of job pins, drawn once per look and size and kept by the map engine.

import { type Look, LOOKS, type Progress, SIGNS } from "../state/progress";
import { color, inkOn } from "./colors";

const WIDTH = 30;
const HEIGHT = 38;
const HEAD = 15;
const RADIUS = 11.5;
/** How many canvas pixels a pin has per CSS pixel: sharp also when it is drawn larger. */
export const PIN_SCALE = 3;

/** The picture of a pin; `text` is written inside instead of the sign of its progress. */
export function drawPin(progress: Progress, text: string): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * PIN_SCALE;
  canvas.height = HEIGHT * PIN_SCALE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no 2d canvas.");
  context.scale(PIN_SCALE, PIN_SCALE);
  paint(context, LOOKS[progress], text);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function paint(context: CanvasRenderingContext2D, look: Look, text: string): void {
  const tint = color(look.color);
  const paper = color("--surface-raised");
  const body = drop();
  context.save();
  context.shadowColor = "rgb(8 24 30 / 38%)";
  context.shadowBlur = 3 * PIN_SCALE;
  context.shadowOffsetY = 1 * PIN_SCALE;
  context.fillStyle = look.hollow ? paper : tint;
  context.fill(body);
  context.restore();
  context.lineJoin = "round";
  context.lineCap = "round";
  if (look.hollow) {
    context.fillStyle = paper;
    context.fill(body);
    context.strokeStyle = tint;
    context.lineWidth = 2.4;
    context.setLineDash(look.dashed ? [3.4, 3.4] : []);
    context.stroke(body);
    context.setLineDash([]);
  } else {
    context.fillStyle = tint;
    context.fill(body);
    context.strokeStyle = paper;
    context.lineWidth = 1.8;
    context.stroke(body);
  }
  const ink = look.hollow ? tint : inkOn(asHex(context, tint));
  if (text) write(context, text, ink);
  else sign(context, look, ink);
}

function drop(): Path2D {
  const path = new Path2D();
  path.arc(HEAD, HEAD, RADIUS, Math.PI * 0.8, Math.PI * 0.2);
  path.quadraticCurveTo(HEAD + 4.6, HEAD + 13, HEAD, HEIGHT - 4);
  path.quadraticCurveTo(HEAD - 4.6, HEAD + 13, HEAD - RADIUS * 0.809, HEAD + RADIUS * 0.588);
  path.closePath();
  return path;
}

function write(context: CanvasRenderingContext2D, text: string, ink: string): void {
  context.font = `650 ${text.length > 2 ? 9.5 : 12}px Inter, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = ink;
  context.fillText(text, HEAD, HEAD + 0.6);
}

function sign(context: CanvasRenderingContext2D, look: Look, ink: string): void {
  if (look.sign === "none") return;
  const size = 1.25;
  context.save();
  context.translate(HEAD - 8 * size, HEAD - 8 * size);
  context.scale(size, size);
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = look.sign === "dot" ? 4 : 1.9;
  const path = new Path2D(SIGNS[look.sign]);
  if (look.sign === "play") context.fill(path);
  context.stroke(path);
  context.restore();
}

// The canvas turns any CSS colour into #rrggbb.
function asHex(context: CanvasRenderingContext2D, any: string): string {
  context.fillStyle = any;
  const shown = context.fillStyle;
  return typeof shown === "string" && shown.startsWith("#") ? shown : "#808080";
}
