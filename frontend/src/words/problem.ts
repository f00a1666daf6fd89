import { Away, Refused } from "../api/client";
import { words } from "./en";

/** One sentence for people about what went wrong with a call. */
export function say(error: unknown): string {
  if (error instanceof Refused && error.problem.message) {
    const { message, requestId } = error.problem;
    return error.status >= 500 && requestId ? `${message} ${words.requestId(requestId)}.` : message;
  }
  return error instanceof Away ? words.serverAway : words.unexpected;
}
