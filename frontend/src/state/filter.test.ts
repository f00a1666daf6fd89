import { expect, test } from "vitest";

import { type Filter, isActive, NOBODY, showsJob, showsMember } from "./filter";
import { someJob, someMember } from "./samples";

const ALL: Filter = { text: "", team: 0, member: "", progresses: new Set() };

test("without a filter everything is shown", () => {
  expect(isActive(ALL)).toBe(false);
  expect(showsJob(ALL, someJob(), undefined)).toBe(true);
  expect(showsMember(ALL, someMember())).toBe(true);
});

test("words are found in any order, without case and accents", () => {
  const job = someJob({ title: "Revisão da caldeira", address: "Rua de Cedofeita 12" });
  expect(showsJob({ ...ALL, text: "CEDOFEITA revisao" }, job, undefined)).toBe(true);
  expect(showsJob({ ...ALL, text: "cedofeita pump" }, job, undefined)).toBe(false);
});

test("a job is found by the name of its person", () => {
  const wanda = someMember();
  expect(showsJob({ ...ALL, text: "wanda" }, someJob({ member: wanda.id }), wanda)).toBe(true);
});

test("a job belongs to a team by itself or through its person", () => {
  const filter = { ...ALL, team: 2 };
  expect(showsJob(filter, someJob({ team: 2 }), undefined)).toBe(true);
  expect(showsJob(filter, someJob(), someMember({ teams: [2] }))).toBe(true);
  expect(showsJob(filter, someJob(), someMember({ teams: [1] }))).toBe(false);
  expect(showsMember(filter, someMember({ teams: [1] }))).toBe(false);
});

test("nobody's jobs can be asked for", () => {
  const filter = { ...ALL, member: NOBODY };
  expect(showsJob(filter, someJob(), undefined)).toBe(true);
  expect(showsJob(filter, someJob({ member: "wanda1" }), someMember())).toBe(false);
  expect(showsMember(filter, someMember())).toBe(true);
});

test("several steps can be shown at once", () => {
  const filter: Filter = { ...ALL, progresses: new Set(["done", "issue"]) };
  expect(isActive(filter)).toBe(true);
  expect(showsJob(filter, someJob({ progress: "issue" }), undefined)).toBe(true);
  expect(showsJob(filter, someJob({ progress: "accepted" }), undefined)).toBe(false);
});
