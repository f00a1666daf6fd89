import type { Habits } from "../words/format";
import { session } from "./session.svelte";

/** How the company of the viewer writes times and distances. */
export function habits(): Habits {
  const company = session.value?.company;
  return {
    zone: company?.timezone ?? "UTC",
    twelve: company?.unitTime === "12",
    miles: company?.unitDistance === "US",
  };
}
