// Colours of the ground, calm in both tones so that jobs and people stand out.

export type Tone = "light" | "dark";

export interface Palette {
  land: string;
  water: string;
  shore: string;
  border: string;
  casing: string;
  minor: string;
  path: string;
  middle: string;
  major: string;
  majorCasing: string;
  motorway: string;
  motorwayCasing: string;
  rail: string;
  name: string;
  place: string;
  halo: string;
  waterName: string;
  /** Parks, meadows and whatever else is green to look at. */
  green: string;
  wood: string;
  farm: string;
  sand: string;
  ice: string;
  /** Where people live, work or shop, as opposed to open land. */
  built: string;
  industry: string;
  /** Schools, hospitals, parking. */
  site: string;
  building: string;
  buildingEdge: string;
  number: string;
  frontier: string;
  sign: string;
  signInk: string;
}

export const PALETTES: Record<Tone, Palette> = {
  light: {
    land: "#f3f4f1",
    water: "#cbdfe6",
    shore: "#a9c6d0",
    border: "#b9c3c4",
    casing: "#dcdfdb",
    minor: "#ffffff",
    path: "#e3e5e1",
    middle: "#ffffff",
    major: "#fffaf0",
    majorCasing: "#d9d3c5",
    motorway: "#fbecd0",
    motorwayCasing: "#dcc79f",
    rail: "#cfd4d3",
    name: "#69767a",
    place: "#44545a",
    halo: "#f6f7f5",
    waterName: "#4b7383",
    green: "#e0ebd9",
    wood: "#d5e3cf",
    farm: "#f1f2e8",
    sand: "#f0ebd9",
    ice: "#f7fbfc",
    built: "#eeeeea",
    industry: "#e9e8ea",
    site: "#ece9e4",
    building: "#e2e2dd",
    buildingEdge: "#d2d3cd",
    number: "#757f82",
    frontier: "#8b979c",
    sign: "#ffffff",
    signInk: "#5a666b",
  },
  dark: {
    land: "#131b1f",
    water: "#0b2630",
    shore: "#1c4350",
    border: "#3a4a51",
    casing: "#0d1417",
    minor: "#222d32",
    path: "#1c262a",
    middle: "#2a363c",
    major: "#334147",
    majorCasing: "#0d1417",
    motorway: "#44535a",
    motorwayCasing: "#0d1417",
    rail: "#28343a",
    name: "#8497a0",
    place: "#b3c2c8",
    halo: "#131b1f",
    waterName: "#5b8b9c",
    green: "#17231f",
    wood: "#15211d",
    farm: "#151f20",
    sand: "#232722",
    ice: "#22303a",
    built: "#161f24",
    industry: "#1a2229",
    site: "#1b252a",
    building: "#1e292e",
    buildingEdge: "#27343a",
    number: "#74868e",
    frontier: "#5c6f78",
    sign: "#202b30",
    signInk: "#a5b5bc",
  },
};
