// Days as the server writes them: YYYYMMDD. They have no zone; the company's decides what is today.

/** The parts of a day. `month` counts from 1. */
export function parts(day: number): { year: number; month: number; date: number } {
  return { year: Math.floor(day / 10_000), month: Math.floor(day / 100) % 100, date: day % 100 };
}

/** The day `by` days after `day`; negative goes back. */
export function shift(day: number, by: number): number {
  const { year, month, date } = parts(day);
  return fromUtc(new Date(Date.UTC(year, month - 1, date + by)));
}

/** Today in an IANA `zone` at `now`, milliseconds since 1970. */
export function today(zone: string, now: number): number {
  const text = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date(now));
  return Number(text.replaceAll("-", ""));
}

/** `2026-11-23` as 20261123; 0 when it is no day. */
export function fromInput(text: string): number {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found) return 0;
  const day = Number(text.replaceAll("-", ""));
  return shift(day, 0) === day ? day : 0;
}

/** 20261123 as `2026-11-23`. */
export function toInput(day: number): string {
  const { year, month, date } = parts(day);
  return `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;
}

function fromUtc(date: Date): number {
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}
