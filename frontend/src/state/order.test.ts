import { expect, test } from "vitest";

import { byPresence, byTime, routeOf } from "./order";
import { someJob, someMember } from "./samples";

test("planned jobs come first, then those with a window, then the rest", () => {
  const jobs = [
    someJob({ id: "free" }),
    someJob({ id: "window", windowStart: 540, title: "b" }),
    someJob({ id: "planned", scheduledStart: 1_700_000_000_000 }),
  ];
  jobs[0]!.windowStart = 1440;
  expect(jobs.sort(byTime).map((job) => job.id)).toEqual(["planned", "window", "free"]);
});

test("a route is in the order of its numbers and holds no other person's jobs", () => {
  const jobs = [
    someJob({ id: "c", member: "wanda1", number: 0 }),
    someJob({ id: "b", member: "wanda1", number: 2 }),
    someJob({ id: "x", member: "willi1", number: 1 }),
    someJob({ id: "a", member: "wanda1", number: 1 }),
  ];
  expect(routeOf(jobs, "wanda1").map((job) => job.id)).toEqual(["a", "b", "c"]);
});

test("people on the map come before those without a position, each by name", () => {
  const here = { lat: 41, lng: -8, ts: 1, accuracy: 5, speed: 0, heading: 0 };
  const people = [
    someMember({ name: "Ada" }),
    someMember({ name: "Willi", here }),
    someMember({ name: "Wanda", here }),
  ];
  expect(people.sort(byPresence).map((member) => member.name)).toEqual(["Wanda", "Willi", "Ada"]);
});
