import { expect, it } from "vitest";

import type { DispatchDay, JobCard } from "../api/types";
import { affected } from "./affected";

function job(id: string, member: string, more: Partial<JobCard> = {}): JobCard {
  return { id, member, number: 1, progress: "scheduled", title: id, pinned: [], ...more } as unknown as JobCard;
}

const shown = {
  people: [{ stops: [{ job: job("a", "wanda") }] }, { stops: [{ job: job("b", "willi") }] }],
  unassigned: [job("c", "")],
  undated: [job("d", "")],
} as unknown as DispatchDay;

function live(...jobs: JobCard[]): ReadonlyMap<string, JobCard> {
  return new Map(jobs.map((one) => [one.id, one]));
}

it("finds nobody where nothing changed", () => {
  expect(affected(shown, live(job("a", "wanda"), job("b", "willi"), job("c", "")))).toEqual(new Set());
});

it("finds who had a job and who has it now", () => {
  const now = live(job("a", "willi"), job("b", "willi"), job("c", ""));
  expect(affected(shown, now)).toEqual(new Set(["wanda", "willi"]));
});

it("finds who lost a job and who got a new one", () => {
  const now = live(job("b", "willi"), job("c", ""), job("e", "wim"));
  expect(affected(shown, now)).toEqual(new Set(["wanda", "wim"]));
});
