// A file on its way to the server, piece by piece: what is there stays there, whatever happens.

import { Away, Refused, server } from "../../api/client";
import { say } from "../../words/problem";
import { fileName } from "./work";

const TRIES = 5;
const PAUSE_MS = 2000;

export class Upload {
  readonly name: string;
  readonly size: number;
  /** Bytes that the server has. */
  there = $state(0);
  state = $state<"running" | "done" | "stopped" | "failed" | "refused">("running");
  problem = $state("");

  readonly #file: File;
  readonly #piece: number;
  #left = TRIES;

  /** `piece` is how many bytes the server takes at once. */
  constructor(file: File, piece: number) {
    this.#file = file;
    this.#piece = piece;
    this.name = fileName(file.name);
    this.size = file.size;
  }

  /** Send what the server does not have yet; returns when it is there, stopped or refused. */
  async run(): Promise<void> {
    this.state = "running";
    this.problem = "";
    this.#left = TRIES;
    while (this.state === "running") {
      try {
        const piece = this.#file.slice(this.there, this.there + this.#piece);
        const { bytes } = await server.uploadPiece(this.name, piece, this.there, this.size);
        this.there = bytes;
        this.#left = TRIES;
        if (bytes >= this.size) this.state = "done";
      } catch (error) {
        await this.#wait(error);
      }
    }
  }

  /** Send nothing more; choosing the same file again goes on from here. */
  stop(): void {
    if (this.state === "running") this.state = "stopped";
  }

  async #wait(error: unknown): Promise<void> {
    this.#left -= 1;
    if (error instanceof Away && this.#left > 0) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return;
    }
    this.problem = say(error);
    // What the server does not want will not be wanted at the next try either.
    const isFinal = error instanceof Refused && error.status < 500;
    this.state = isFinal ? "refused" : "failed";
  }
}
