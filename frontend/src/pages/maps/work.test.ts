import { describe, expect, it } from "vitest";

import { fileName, regionName, shareOf } from "./work";

describe("how far an import is", () => {
  it.each([
    [0, 0, null, 0],
    [0, 8, null, 0],
    [4, 8, null, 0.5],
    [4, 8, 50, 0.5625],
    [8, 8, null, 1],
    [8, 8, 100, 1],
    [1, 4, 250, 0.5],
  ])("%d of %d steps and %s percent are %d", (done, steps, percent, share) => {
    expect(shareOf({ done, steps, percent })).toBe(share);
  });
});

describe("names", () => {
  it.each([
    ["porto.osm.pbf", "porto.osm.pbf"],
    ["Porto (1).osm.pbf", "Porto-1.osm.pbf"],
    ["São João.pbf", "Sao-Joao.osm.pbf"],
    [".hidden.osm.pbf", "hidden.osm.pbf"],
    ["地図.osm.pbf", "map.osm.pbf"],
  ])("the file %s is sent as %s", (name, sent) => {
    expect(fileName(name)).toBe(sent);
  });

  it.each([
    ["Porto-Roads.osm.pbf", "porto-roads"],
    ["liechtenstein-latest.osm.pbf", "liechtenstein-latest"],
    ["--.pbf", "map"],
  ])("the region of %s is %s", (file, name) => {
    expect(regionName(file)).toBe(name);
  });
});
