import { Away, Refused, server, whenLoggedOut } from "../api/client";
import type { Session } from "../api/types";

type Status = "asking" | "in" | "out" | "away";

class SessionState {
  status = $state<Status>("asking");
  value = $state.raw<Session | null>(null);
  /** Whether the session ended by itself while somebody was looking. */
  expired = $state(false);

  constructor() {
    whenLoggedOut(() => {
      if (this.status === "in") this.expire();
    });
  }

  /** Ask the server who is looking. */
  async ask(): Promise<void> {
    try {
      this.enter(await server.session());
    } catch (error) {
      if (error instanceof Away || !(error instanceof Refused)) this.status = "away";
      else this.status = error.status === 401 ? "out" : "away";
    }
  }

  /** Somebody has logged in. */
  enter(session: Session): void {
    this.value = session;
    this.status = "in";
    this.expired = false;
  }

  /** The server no longer knows the session. */
  expire(): void {
    this.expired = this.status === "in";
    this.#leave();
  }

  /** Log out. */
  async logOut(): Promise<void> {
    try {
      await server.logOut();
    } catch (error) {
      // A session the server no longer knows is logged out already; anything else must be seen.
      if (!(error instanceof Refused) || error.status !== 401) throw error;
    }
    this.#leave();
  }

  #leave(): void {
    this.value = null;
    this.status = "out";
  }
}

/** Who is looking. */
export const session = new SessionState();
