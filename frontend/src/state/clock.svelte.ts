import { clockOffset_ms } from "../api/client";

const TICK_MS = 5000;

class Clock {
  /** The server's now, milliseconds since 1970, renewed every five seconds. */
  now = $state(Date.now());

  constructor() {
    window.setInterval(() => this.tick(), TICK_MS);
  }

  tick(): void {
    this.now = Date.now() + clockOffset_ms();
  }
}

export const clock = new Clock();
