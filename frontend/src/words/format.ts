// How times, days, distances and durations are written. The zone and units are the company's.

import { parts } from "../state/days";

export interface Habits {
  /** IANA zone name. */
  zone: string;
  /** Whether hours run to 12. */
  twelve: boolean;
  /** Whether distances are miles. */
  miles: boolean;
}

const METRES_PER_MILE = 1609.344;
const METRES_PER_FOOT = 0.3048;
const MINUTE_MS = 60_000;

const made = new Map<string, Intl.DateTimeFormat>();

function maker(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const found = made.get(key) ?? new Intl.DateTimeFormat("en-GB", options);
  made.set(key, found);
  return found;
}

/** A moment as time of day, `14:05` or `2:05 pm`; empty for 0. */
export function time(ms: number, habits: Habits): string {
  if (!ms) return "";
  return maker({
    timeZone: habits.zone,
    hour: habits.twelve ? "numeric" : "2-digit",
    minute: "2-digit",
    hour12: habits.twelve,
  }).format(ms);
}

/** A moment with its day: `23 Nov, 14:05`. */
export function moment(ms: number, habits: Habits): string {
  if (!ms) return "";
  return `${dayOf(ms, habits)}, ${time(ms, habits)}`;
}

/** A moment as a date: `23 Nov 2026`. */
export function date(ms: number, habits: Habits): string {
  if (!ms) return "";
  return maker({
    timeZone: habits.zone,
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(ms);
}

/** A moment as a day of this year or the next: `7 Dec`; empty for 0. */
export function dayOf(ms: number, habits: Habits): string {
  if (!ms) return "";
  return maker({ timeZone: habits.zone, day: "numeric", month: "short" }).format(ms);
}

/** Minutes since midnight as time of day. */
export function minuteOfDay(minutes: number, habits: Habits): string {
  if (minutes === 1440 && !habits.twelve) return "24:00";
  return time(Date.UTC(2001, 0, 1) + minutes * MINUTE_MS, { ...habits, zone: "UTC" });
}

/** A window of minutes since midnight: `08:00–12:00`, `from 08:00`, `until 12:00`; empty if open. */
export function window(start: number, end: number, habits: Habits): string {
  const openEnd = end >= 1440 || end === 0;
  if (start > 0 && !openEnd) {
    return `${minuteOfDay(start, habits)}–${minuteOfDay(end, habits)}`;
  }
  if (start > 0) return `from ${minuteOfDay(start, habits)}`;
  return openEnd ? "" : `until ${minuteOfDay(end, habits)}`;
}

/** 20261123 as `Mon 23 Nov`, with the year when it is not this one. */
export function day(value: number, thisYear: number): string {
  const { year, month, date } = parts(value);
  const text = maker({
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(year === thisYear ? {} : { year: "numeric" }),
  }).format(Date.UTC(year, month - 1, date));
  return text.replace(",", "");
}

/** Metres as `350 m`, `4.2 km`, `38 km` or their American kin. */
export function distance(metres: number, habits: Habits): string {
  if (habits.miles) {
    const miles = metres / METRES_PER_MILE;
    return miles < 0.2 ? `${Math.round(metres / METRES_PER_FOOT)} ft` : `${short(miles)} mi`;
  }
  return metres < 995 ? `${Math.round(metres)} m` : `${short(metres / 1000)} km`;
}

/** Metres per second as `43 km/h` or `27 mph`. */
export function speed(mps: number, habits: Habits): string {
  return habits.miles
    ? `${Math.round((mps * 3600) / METRES_PER_MILE)} mph`
    : `${Math.round(mps * 3.6)} km/h`;
}

/** Seconds as `45 s`, `12 min`, `1 h 05`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A difference of seconds with its sign: `+12 min`, `−5 min`, `±0 min`. */
export function added(seconds: number): string {
  return signed(Math.round(seconds / 60), duration(Math.abs(seconds) < 30 ? 0 : Math.abs(seconds)), "0 min");
}

/** A difference of metres with its sign: `+4.1 km`, `−350 m`, `±0 km`. */
export function addedWay(metres: number, habits: Habits): string {
  return signed(Math.round(metres / 50), distance(Math.abs(metres), habits), habits.miles ? "0 mi" : "0 km");
}

function signed(value: number, text: string, nothing: string): string {
  if (value === 0) return `±${nothing}`;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** How long ago, in words: `now`, `12 s ago`, `5 min ago`. */
export function ago(ms: number, now: number): string {
  const seconds = (now - ms) / 1000;
  return seconds < 10 ? "just now" : `${duration(seconds)} ago`;
}

/** A number of bytes as `812 kB`, `4.2 MB`, `38 GB`. */
export function bytes(count: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1000;
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return at === 0 ? `${Math.ceil(value)} kB` : `${short(value)} ${units[at] ?? ""}`;
}

/** The initials of a name, at most two letters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}

function short(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
