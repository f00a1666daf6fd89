// What moving a job would cost, from one quote of the server: picked and subtracted here, so that
// nothing is asked while something is dragged.

import type { JobQuote, Option, PersonDay } from "../api/types";

/** What a move adds to the whole day: driving, distance, lateness; negative saves. */
export interface Cost {
  seconds: number;
  metres: number;
  late: number;
  breaks: readonly string[];
}

/** Where a job may go: into whose day, before which open job (empty: the end). */
export interface Place {
  member: string;
  before: string;
}

/** What an option adds, less what the job costs where it is now. */
export function costOf(option: Option, quote: JobQuote): Cost {
  const saved = quote.saved;
  return {
    seconds: option.drivingSeconds - (saved?.drivingSeconds ?? 0),
    metres: option.metres - (saved?.metres ?? 0),
    late: option.lateSeconds - (saved?.lateSeconds ?? 0),
    breaks: option.breaks,
  };
}

/** The cost of a place, undefined where the quote has none. */
export function costAt(quote: JobQuote, place: Place): Cost | undefined {
  const option = optionsOf(quote, place.member).find((one) => one.before === place.before);
  return option && costOf(option, quote);
}

/** The cheapest place in somebody's day: what breaks least, is least late, drives least. */
export function bestOf(
  quote: JobQuote,
  member: string,
): { place: Place; cost: Cost; arrive: number } | undefined {
  const best = optionsOf(quote, member).reduce<Option | undefined>(
    (least, one) => (least === undefined || compare(one, least) < 0 ? one : least),
    undefined,
  );
  if (!best) return undefined;
  return { place: { member, before: best.before }, cost: costOf(best, quote), arrive: best.arrive };
}

/** Everybody's best place, cheapest first. */
export function ranked(quote: JobQuote): { place: Place; cost: Cost; arrive: number }[] {
  return quote.offers
    .flatMap((offer) => {
      const best = bestOf(quote, offer.member);
      return best ? [best] : [];
    })
    .sort(
      (a, b) =>
        a.cost.breaks.length - b.cost.breaks.length ||
        a.cost.late - b.cost.late ||
        a.cost.seconds - b.cost.seconds,
    );
}

/** Before which open job of a day something lands that is dropped at a moment. */
export function beforeAt(day: PersonDay, job: string, moment: number): string {
  const open = day.stops.filter((stop) => !stop.settled && stop.job.id !== job);
  return open.find((stop) => (stop.start + stop.leave) / 2 > moment)?.job.id ?? "";
}

/** The open job behind `job` in a day, empty at the end; undefined when it is not in there. */
export function behind(day: PersonDay, job: string): string | undefined {
  const open = day.stops.filter((stop) => !stop.settled);
  const at = open.findIndex((stop) => stop.job.id === job);
  return at < 0 ? undefined : (open[at + 1]?.job.id ?? "");
}

/** Before which job a job lands that moves one place earlier (-1) or later (1); null at the edge. */
export function neighbour(day: PersonDay, job: string, step: -1 | 1): string | null {
  const open = day.stops.filter((stop) => !stop.settled);
  const at = open.findIndex((stop) => stop.job.id === job);
  if (at < 0) return null;
  if (step < 0) return open[at - 1]?.job.id ?? null;
  return at + 1 < open.length ? (open[at + 2]?.job.id ?? "") : null;
}

function optionsOf(quote: JobQuote, member: string): readonly Option[] {
  return quote.offers.find((offer) => offer.member === member)?.options ?? [];
}

function compare(a: Option, b: Option): number {
  return (
    a.breaks.length - b.breaks.length ||
    a.lateSeconds - b.lateSeconds ||
    a.drivingSeconds - b.drivingSeconds
  );
}
