import { AHEAD, type Flush } from "../delivery/flush.ts";
import type { Socket } from "./connection.ts";
import type { Intake } from "./intake.ts";

/**
 * The frames that came in this turn of the event loop, handled together at its end and sent on at once. Handled one by one as
 * they come, between two system calls each, a frame waits for the memory of its sender and then of its target: with thousands
 * of sockets these have left the processor's caches since the turn before. Here the memory of many is fetched side by side,
 * as `Flush` does before it writes.
 */
export class FrameBatch {
  readonly #intake: Intake;
  readonly #flush: Flush;
  /** One entry for each run of frames of one socket, and where in `#frames` it begins. */
  #sockets: Socket[] = [];
  #starts: number[] = [];
  #frames: Buffer[] = [];
  #last: Socket | undefined;
  #armed = false;
  #armedMs = 0;
  #handling = false;
  /** For nobody: it keeps the reads of `#fetch` from being compiled away. */
  fetched = 0;

  constructor(intake: Intake, flush: Flush) {
    this.#intake = intake;
    this.#flush = flush;
  }

  /** Takes a frame; where few users are busy it is handled at once. */
  add(ws: Socket, frame: Buffer): void {
    if (!this.#flush.crowded && this.#frames.length === 0) return this.#intake.frame(ws, frame);
    if (ws !== this.#last) {
      this.#last = ws;
      this.#sockets.push(ws);
      this.#starts.push(this.#frames.length);
    }
    this.#frames.push(frame);
    if (this.#armed) return;
    this.#armed = true;
    this.#armedMs = performance.now();
    setImmediate(this.#run);
  }

  /** Handles what came so far. For whatever else comes of a socket, which must not overtake its frames. */
  settle(): void {
    // A frame may close its socket, whose end settles: what is being handled goes on after it.
    if (this.#handling || this.#frames.length === 0) return;
    const [sockets, starts, frames] = [this.#sockets, this.#starts, this.#frames];
    this.#sockets = [];
    this.#starts = [];
    this.#frames = [];
    this.#last = undefined;
    starts.push(frames.length);
    this.#handling = true;
    try {
      for (let from = 0; from < sockets.length; from += AHEAD) {
        const to = Math.min(from + AHEAD, sockets.length);
        this.#fetch(sockets, starts, frames, from, to);
        for (let at = from; at < to; at++) this.#handle(sockets[at]!, frames, starts[at]!, starts[at + 1]!);
      }
    } finally {
      this.#handling = false;
    }
  }

  readonly #run = () => {
    this.#armed = false;
    this.#flush.endTurn(this.#armedMs, this.#settle);
  };

  readonly #settle = () => this.settle();

  #handle(ws: Socket, frames: readonly Buffer[], from: number, to: number): void {
    // Nothing is taken of a socket after the frame that closed it.
    for (let at = from; at < to && ws.data.isOpen; at++) this.#intake.frame(ws, frames[at]!);
  }

  #fetch(
    sockets: readonly Socket[],
    starts: readonly number[],
    frames: readonly Buffer[],
    from: number,
    to: number,
  ): void {
    let sum = 0;
    for (let at = from; at < to; at++) sum += sockets[at]!.data.heardMs;
    for (let at = from; at < to; at++) sum += sockets[at]!.data.peer?.confirmed ?? 0;
    for (let at = from; at < to; at++) sum += sockets[at]!.data.peer?.log.base ?? 0;
    for (let at = from; at < to; at++) sum += sockets[at]!.data.peer?.log.length ?? 0;
    for (let at = starts[from]!; at < starts[to]!; at++) sum += frames[at]!.length;
    this.fetched = sum;
  }
}
