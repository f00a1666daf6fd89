import type { Board, Frame, JobCard, MemberCard, TeamCard } from "../api/types";
import { follow, type LineState } from "../live/socket";
import { clock } from "./clock.svelte";
import { session } from "./session.svelte";

class BoardState {
  day = $state(0);
  line = $state<LineState>("loading");
  /** When the last word from the server came, milliseconds since 1970; 0 before the first. */
  heard = $state(0);
  /** Whether a board of this day was ever shown. */
  filled = $state(false);
  members = $state.raw<ReadonlyMap<string, MemberCard>>(new Map());
  jobs = $state.raw<ReadonlyMap<string, JobCard>>(new Map());
  teams = $state.raw<TeamCard[]>([]);
  #stop: (() => void) | null = null;

  /** Show `day` and keep it up to date until another day or `close`. */
  open(day: number): void {
    this.close();
    this.day = day;
    this.filled = false;
    this.jobs = new Map();
    this.#stop = follow(day, {
      board: (board) => this.#fill(board),
      frame: (frame) => this.#change(frame),
      state: (line) => (this.line = line),
      loggedOut: () => session.expire(),
    });
  }

  /** Stop listening. */
  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #fill(board: Board): void {
    this.members = new Map(board.members.map((member) => [member.id, member]));
    this.jobs = new Map(board.jobs.map((job) => [job.id, job]));
    this.teams = board.teams;
    this.filled = true;
    this.#hear();
  }

  #change(frame: Frame): void {
    if (frame.members.length > 0) {
      const members = new Map(this.members);
      for (const member of frame.members) members.set(member.id, member);
      this.members = members;
    }
    if (frame.jobs.length > 0 || frame.goneJobs.length > 0) {
      const jobs = new Map(this.jobs);
      for (const job of frame.jobs) jobs.set(job.id, job);
      for (const id of frame.goneJobs) jobs.delete(id);
      this.jobs = jobs;
    }
    this.#hear();
  }

  #hear(): void {
    clock.tick();
    this.heard = clock.now;
  }
}

/** The day that is shown: its jobs, the members, and the state of the line. */
export const board = new BoardState();
