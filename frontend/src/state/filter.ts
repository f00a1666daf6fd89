import type { JobCard, MemberCard } from "../api/types";
import { type Progress, progressOf } from "./progress";

export interface Filter {
  text: string;
  /** 0 means every team. */
  team: number;
  /** Empty means everybody; "nobody" the jobs without a person. */
  member: string;
  progresses: ReadonlySet<Progress>;
}

export const NOBODY = "nobody";

/** Whether anything is filtered at all. */
export function isActive(filter: Filter): boolean {
  return Boolean(filter.text.trim() || filter.team || filter.member || filter.progresses.size);
}

/** Whether `job` is shown. `worker` is the member it belongs to, if any. */
export function showsJob(filter: Filter, job: JobCard, worker: MemberCard | undefined): boolean {
  if (filter.progresses.size > 0 && !filter.progresses.has(progressOf(job.progress))) return false;
  if (filter.member === NOBODY ? job.member : filter.member && job.member !== filter.member) {
    return false;
  }
  if (filter.team && job.team !== filter.team && !worker?.teams.includes(filter.team)) return false;
  return contains(filter.text, [
    job.title,
    job.address,
    job.contactName,
    job.note,
    worker?.name ?? "",
  ]);
}

/** Whether `member` is shown. Progress filters jobs only. */
export function showsMember(filter: Filter, member: MemberCard): boolean {
  if (filter.team && !member.teams.includes(filter.team)) return false;
  if (filter.member && filter.member !== NOBODY && filter.member !== member.id) return false;
  return contains(filter.text, [member.name, member.at, member.phone]);
}

// Every word must occur somewhere, in any order, without regard to case and accents.
export function contains(text: string, texts: string[]): boolean {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const hay = fold(texts.join("\n"));
  return words.every((word) => hay.includes(word));
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
