import type { PersonDay } from "../../api/types";
import { words } from "../../words/en";
import * as format from "../../words/format";

/** Somebody's day in a few words: how many jobs, until when, or why none. */
export function summaryOf(person: PersonDay, habits: format.Habits): string {
  if (person.stops.length === 0) return person.works ? words.dispatch.noStops : words.dispatch.dayOff;
  const last = person.stops.at(-1);
  const end = last && !last.settled ? person.finish : (last?.leave ?? person.finish);
  return words.dispatch.summary(
    words.dispatch.stops(person.stops.length),
    format.time(end, habits),
  );
}
