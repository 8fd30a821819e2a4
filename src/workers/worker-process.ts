/** One process of the service, as its supervisor sees it: started, ready or failed, ended. */
import type { Subprocess } from "bun";
import type { Entry, FromWorker, ToWorker } from "./messages.ts";

/** Exit code where a process ended by a signal, or by itself and too early. */
const FAILED = 1;

export interface Place {
  /** From 1 up; a worker that takes the place of a dead one has its number. */
  readonly number: number;
  /** 0 in the first worker's place: a free one. */
  readonly port: number;
  readonly entry: Entry;
}

/** Starts a process of this program that speaks as `FromWorker`. */
export type Spawn = (
  place: Place,
  channel: { hear(message: FromWorker): void; closed(): void },
) => Subprocess<"ignore", "inherit", "inherit">;

export interface Ready {
  readonly url: string;
  readonly port: number;
}
/** With what line and exit code a start ended. */
export interface Failure {
  readonly code: number;
  readonly line: string;
}

export class WorkerProcess {
  readonly #child: ReturnType<Spawn>;
  readonly #startedAt = performance.now();
  #ready = false;
  #closed = false;
  /** Ready, or why it never will be. */
  readonly started: Promise<Ready | Failure>;
  /** Resolves once it is gone and everything that it said was heard: how it ended, in words. */
  readonly ended: Promise<string>;

  /** @param hear gets what does not concern the start */
  constructor(spawn: Spawn, place: Place, hear: (message: FromWorker) => void) {
    const start = Promise.withResolvers<Ready | Failure>();
    const closed = Promise.withResolvers<void>();
    this.#child = spawn(place, {
      hear: (message) => {
        if (message.type === "ready") this.#ready = true;
        if (message.type === "ready" || message.type === "failed") start.resolve(message);
        else hear(message);
      },
      closed: () => {
        this.#closed = true;
        closed.resolve();
      },
    });
    this.started = start.promise;
    this.ended = Promise.all([this.#child.exited, closed.promise]).then(() => {
      const how = this.#how();
      start.resolve({ code: FAILED, line: `worker ${place.number} ended before it was ready: ${how}` });
      return how;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** ms since it was started. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Dropped where the worker is gone. */
  tell(message: ToWorker): void {
    if (this.#running && !this.#closed) this.#child.send(message);
  }

  /**
   * Asks it to stop, and ends it where it has not within `limitMs`.
   * @returns whether it stopped cleanly; one that was not ready yet had nothing to store
   */
  async stop(limitMs: number): Promise<boolean> {
    if (!this.#running) return true;
    const wasReady = this.#ready;
    this.#child.kill("SIGTERM");
    const timeout = setTimeout(() => this.#child.kill("SIGKILL"), limitMs);
    await this.#child.exited;
    clearTimeout(timeout);
    return this.#child.exitCode === 0 || (!wasReady && this.#child.signalCode !== "SIGKILL");
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #how(): string {
    const { exitCode, signalCode } = this.#child;
    return signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
  }
}
