// How an import is told: pure.

import type { MapWork } from "../../api/types";

/** Which part of an import is done, from 0 to 1: whole steps, and what is known of the one at work. */
export function shareOf(work: Pick<MapWork, "done" | "steps" | "percent">): number {
  if (work.steps <= 0) return 0;
  const step = Math.min(100, Math.max(0, work.percent ?? 0)) / 100;
  return Math.min(1, (work.done + step) / work.steps);
}

/** A name that the server takes for a file: Porto (1).osm.pbf becomes Porto-1.osm.pbf. */
export function fileName(name: string): string {
  const stem = name.replace(/(\.osm)?\.pbf$/i, "").normalize("NFKD");
  const plain = stem
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return `${plain.slice(0, 80) || "map"}.osm.pbf`;
}

/** The name a region gets from its file: porto-roads of Porto-Roads.osm.pbf. */
export function regionName(file: string): string {
  const stem = file.toLowerCase().split(".")[0] ?? "";
  const name = stem.replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|[-_]+$/g, "");
  return name.slice(0, 40) || "map";
}
