import { describe, expect, it } from "vitest";

import type { JobQuote, Option, PersonDay } from "../api/types";
import { beforeAt, behind, bestOf, costAt, neighbour, ranked } from "./offers";

function option(before: string, more: Partial<Option> = {}): Option {
  return { before, drivingSeconds: 0, metres: 0, lateSeconds: 0, arrive: 0, breaks: [], ...more };
}

const quote: JobQuote = {
  job: "x",
  day: 20260105,
  offers: [
    {
      member: "wanda",
      options: [
        option("a", { drivingSeconds: 60, lateSeconds: 600, breaks: ["time_window"] }),
        option("b", { drivingSeconds: 300 }),
        option("", { drivingSeconds: 240, metres: 4000 }),
      ],
    },
    { member: "willi", options: [option("", { drivingSeconds: 120 })] },
  ],
  saved: null,
};

function day(...stops: [string, number, number, boolean?][]): PersonDay {
  return {
    stops: stops.map(([id, start, leave, settled = false]) => ({ job: { id }, start, leave, settled })),
  } as unknown as PersonDay;
}

describe("offers", () => {
  it("takes the cheapest place that breaks nothing", () => {
    expect(bestOf(quote, "wanda")?.place.before).toBe("");
    expect(bestOf(quote, "nobody")).toBeUndefined();
  });

  it("puts everybody in the order of what they cost", () => {
    expect(ranked(quote).map((one) => one.place.member)).toEqual(["willi", "wanda"]);
  });

  it("subtracts what the job costs where it is", () => {
    const saved = option("", { drivingSeconds: 200, metres: 1000, lateSeconds: 60 });
    expect(costAt({ ...quote, saved }, { member: "wanda", before: "" })).toEqual({
      seconds: 40,
      metres: 3000,
      late: -60,
      breaks: [],
    });
  });
});

describe("places in a day", () => {
  const one = day(["done", 0, 10, true], ["a", 20, 30], ["b", 40, 50], ["c", 60, 70]);

  it("finds the stop before which something is dropped, by the middle of the stops", () => {
    expect(beforeAt(one, "x", 0)).toBe("a");
    expect(beforeAt(one, "x", 24)).toBe("a");
    expect(beforeAt(one, "x", 26)).toBe("b");
    expect(beforeAt(one, "x", 99)).toBe("");
    expect(beforeAt(one, "b", 30)).toBe("c");
  });

  it("knows what stands behind a stop", () => {
    expect(behind(one, "a")).toBe("b");
    expect(behind(one, "c")).toBe("");
    expect(behind(one, "x")).toBeUndefined();
  });

  it("moves one place earlier or later, not over the edges", () => {
    expect(neighbour(one, "b", -1)).toBe("a");
    expect(neighbour(one, "a", -1)).toBeNull();
    expect(neighbour(one, "a", 1)).toBe("c");
    expect(neighbour(one, "b", 1)).toBe("");
    expect(neighbour(one, "c", 1)).toBeNull();
  });
});
