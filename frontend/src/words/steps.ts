import { words } from "./en";

/** A step of a job's history, by the name of its fact; an unknown name is made readable. */
export function step(what: string): string {
  const known = words.job.steps[what];
  if (known) return known;
  const text = what.replace(/^job_/, "").replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * What a member is inside of, in words. `at` is a name, or names a job as `job:<id>` or a place as
 * `place:<id>`; `title` gives the title of a job that is on the board.
 */
export function whereabouts(at: string, title: (job: string) => string | undefined): string {
  const [, kind, id = ""] = /^(job|place):(.+)$/.exec(at) ?? [];
  if (kind === "job") return words.member.at(title(id) ?? words.member.aJob);
  if (kind === "place") return words.member.at(words.member.aPlace);
  return words.member.at(at);
}
