/**
 * Keeps several processes of the service on one port: starts them, starts again whichever dies, stops them all, and passes
 * on what they ask of each other. It serves nothing itself, so it has nothing to lose and little that can break.
 */
import type { Logger } from "pino";
import type { FromWorker } from "./messages.ts";
import { type Failure, type Place, type Ready, type Spawn, WorkerProcess } from "./worker-process.ts";

/** Pause before a worker that died is started again, in ms; doubles while it dies young. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived this long, in ms, did not die of its start. */
const GROWN_UP_MS = 10_000;
/** How long the workers may take to stop, in ms: each needs some 8 s at most, and 10 s are promised. */
const STOP_MS = 9500;

/** @param lastMs the pause before it was started; 0: none. @returns the pause before it is started again, in ms */
export function nextPause(lastMs: number, livedMs: number): number {
  if (lastMs === 0 || livedMs >= GROWN_UP_MS) return FIRST_PAUSE_MS;
  return Math.min(lastMs * 2, LONGEST_PAUSE_MS);
}

/** What outlives the processes that follow each other under one number. */
interface Seat {
  readonly number: number;
  worker?: WorkerProcess;
  pauseMs: number;
  timer?: ReturnType<typeof setTimeout>;
}

export class Supervisor {
  readonly #seats: readonly Seat[];
  readonly #spawn: Spawn;
  readonly #log: Logger;
  #port = 0;
  #stopping: Promise<number> | undefined;

  constructor(count: number, spawn: Spawn, log: Logger) {
    this.#seats = Array.from({ length: count }, (_, index) => ({ number: index + 1, pauseMs: 0 }));
    this.#spawn = spawn;
    this.#log = log;
  }

  /**
   * Starts one worker, which finds out whether port, database and settings are usable and says so once, then the others.
   * @param port 0: a free one, the same for all
   * @returns where all of them listen, or how the first that could not start ended; call `stop` then
   */
  async start(port: number): Promise<Ready | Failure> {
    const [first, ...others] = this.#seats;
    const ready = await this.#open({ number: first!.number, port, entry: "claim" }, first!);
    if ("line" in ready || this.#stopping) return ready;
    this.#port = ready.port;
    const joined = await Promise.all(others.map((seat) => this.#join(seat)));
    return joined.find((each) => "line" in each) ?? ready;
  }

  /** Asks every worker to stop; the second call joins the first. @returns how many did not stop cleanly */
  stop(): Promise<number> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  async #stop(): Promise<number> {
    for (const { timer } of this.#seats) clearTimeout(timer);
    const clean = await Promise.all(this.#seats.map(({ worker }) => worker?.stop(STOP_MS) ?? true));
    return clean.filter((each) => !each).length;
  }

  #join(seat: Seat): Promise<Ready | Failure> {
    return this.#open({ number: seat.number, port: this.#port, entry: "join" }, seat);
  }

  async #open(place: Place, seat: Seat): Promise<Ready | Failure> {
    const worker = new WorkerProcess(this.#spawn, place, (message) => this.#hear(seat, message));
    seat.worker = worker;
    const started = await worker.started;
    if ("url" in started) void worker.ended.then((how) => this.#again(seat, how));
    return started;
  }

  #again(seat: Seat, reason: string): void {
    if (this.stopping) return;
    seat.pauseMs = nextPause(seat.pauseMs, seat.worker!.ageMs);
    this.#log.error({ worker: seat.number, pid: seat.worker!.pid, reason, retryMs: seat.pauseMs }, "worker ended");
    seat.timer = setTimeout(() => void this.#reopen(seat), seat.pauseMs);
  }

  async #reopen(seat: Seat): Promise<void> {
    const started = await this.#join(seat);
    if ("url" in started) this.#log.info({ worker: seat.number, pid: seat.worker!.pid }, "worker started again");
    // Gone before the next one takes its place: it may still hold the database's connections.
    else void seat.worker!.ended.then(() => this.#again(seat, started.line));
  }

  #hear(from: Seat, message: FromWorker): void {
    if (message.type === "scrape") {
      for (const { worker, number } of this.#seats) {
        if (number !== from.number) worker?.tell({ type: "measure", id: message.id, asker: from.number });
      }
    } else if (message.type === "measured") {
      const { id, asker, part } = message;
      this.#seats[asker - 1]?.worker?.tell({ type: "measured", id, from: from.number, part });
    }
  }
}
