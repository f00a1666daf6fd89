// The only websocket. It asks for the board, listens for what changes, and writes both to the
// state; when the line breaks it starts again with a fresh board, so nothing can be missed.

import { Away, Refused, server } from "../api/client";
import type { Board, Frame } from "../api/types";
import { waitBefore_ms } from "./backoff";

/** What the line writes to. */
export interface Listener {
  board(board: Board): void;
  frame(frame: Frame): void;
  state(state: LineState): void;
  loggedOut(): void;
}

/** loading: first answer pending; live: frames arrive; retrying: broken, trying again by itself. */
export type LineState = "loading" | "live" | "retrying";

interface Bye {
  type: "bye";
  reason: string;
}

/** Follow `day` until the answered function is called. */
export function follow(day: number, listener: Listener): () => void {
  let stopped = false;
  let socket: WebSocket | null = null;
  let timer = 0;
  let failures = 0;

  listener.state("loading");
  void begin();
  window.addEventListener("online", soon);
  document.addEventListener("visibilitychange", soonWhenSeen);
  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener("online", soon);
    document.removeEventListener("visibilitychange", soonWhenSeen);
    socket?.close();
  };

  async function begin(): Promise<void> {
    try {
      const board = await server.board(day);
      if (stopped) return;
      listener.board(board);
      open(board.seq);
    } catch (error) {
      if (stopped) return;
      if (error instanceof Refused && error.status === 401) listener.loggedOut();
      else if (error instanceof Refused || error instanceof Away) again();
      else throw error;
    }
  }

  function open(seq: number): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const line = new WebSocket(`${scheme}//${location.host}/web/live?day=${day}&seq=${seq}`);
    socket = line;
    line.onopen = () => {
      failures = 0;
      listener.state("live");
    };
    line.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as Frame | Bye;
      if (message.type === "frame") listener.frame(message);
      else line.close();
    };
    line.onclose = () => {
      if (!stopped && socket === line) again();
    };
  }

  function again(): void {
    socket = null;
    listener.state("retrying");
    clearTimeout(timer);
    timer = window.setTimeout(() => void begin(), waitBefore_ms(failures, Math.random()));
    failures += 1;
  }

  function soon(): void {
    if (stopped || socket !== null || failures === 0) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void begin(), 100);
  }

  function soonWhenSeen(): void {
    if (document.visibilityState === "visible") soon();
  }
}
