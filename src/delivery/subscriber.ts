import type { StoredFrame } from "../store/mailbox.ts";
import type { Outlet } from "./outlet.ts";
import type { Recipient } from "./recipient.ts";
import { StoredRun } from "./stored-run.ts";

/** Where a socket's stream of binary frames stands: so many stored frames, then the log up to `log`. */
export interface Position {
  stored: number;
  log: number;
}

/** Where a socket's stream changed from stored frames to the log, or back: its frames so far, and of which kind. */
interface Turn {
  readonly to: "stored" | "log";
  readonly frames: number;
  readonly stored: number;
  readonly log: number;
}

/**
 * One socket as delivery sees it. Its stream is: the user's stored frames, then the frames of the recipient's log from
 * `from` on. See README.md in this folder for the states.
 */
export class Subscriber {
  // As in `Recipient`, those that a frame looks at come first.
  readonly outlet: Outlet;
  readonly recipient: Recipient;
  state: "draining" | "live" | "gone" = "draining";
  /** The next log frame to send. */
  cursor: number;
  /** The user's next younger socket, as of when this one left. */
  next: Subscriber | undefined;
  /** A `polyge.v2` client, which confirms by `got`; any other does by pong. */
  readonly v2: boolean;
  /** Id of the confirmation ping under way; 0: none. */
  pingId = 0;
  /** Log frames before this are confirmed by this socket. */
  confirmedLog: number;
  /** What it was given from the mailbox; most sockets find it empty. */
  stored: StoredRun | undefined;
  /** Past what was stored when it opened. It may drain again, should more be stored on another node. */
  inLog = false;
  /** The first log frame of this socket's stream. */
  from: number;
  /** When it opened, in ms since 1970; fine enough that no two of a user are alike. */
  readonly openedAt = performance.timeOrigin + performance.now();
  /** Those not confirmed yet, and the one before; most sockets have none beside the first, from what was stored to the log. */
  #turns: Turn[] | undefined;
  /** Where the stream stood when that ping was sent. */
  pingStored = 0;
  pingLog = 0;
  /** When that ping was sent, on the coarse clock. */
  pingMs = 0;
  #lastPingId = 0;
  #wake: (() => void) | undefined;

  constructor(outlet: Outlet, recipient: Recipient, v2: boolean) {
    this.outlet = outlet;
    this.recipient = recipient;
    this.v2 = v2;
    this.from = recipient.confirmed;
    this.cursor = this.from;
    this.confirmedLog = this.from;
  }

  /** What comes before this log frame is stored: this socket, which was sent nothing of the log, gets it from there. */
  skipLogTo(seq: number): void {
    this.from = seq;
    this.cursor = seq;
    this.confirmedLog = seq;
  }

  get hasUnconfirmed(): boolean {
    return this.cursor > this.confirmedLog || this.stored?.hasUnconfirmed === true;
  }

  /** False where the socket did not take it: its backlog is full, or it is closed. */
  sendStored(stored: StoredFrame): boolean {
    this.stored ??= new StoredRun();
    this.stored.give(stored);
    return this.outlet.sendBinary(stored.frame) !== 0;
  }

  /** Sends the log frame at `cursor`; false where the socket did not take it. */
  sendNextLogged(): boolean {
    return this.outlet.sendBinary(this.recipient.log.at(this.cursor++)) !== 0;
  }

  /** Sends every log frame from `cursor` on. @returns their bytes; -1 where the socket did not take one, after which none was sent */
  sendLogged(): number {
    const { outlet, recipient } = this;
    const { log, sentEnd } = recipient;
    let { cursor } = this;
    let taken = true;
    let bytes = 0;
    while (taken && cursor < sentEnd) {
      const frame = log.at(cursor++);
      bytes += frame.length;
      taken = outlet.sendBinary(frame) !== 0;
    }
    this.cursor = cursor;
    return taken ? bytes : -1;
  }

  /** A new ping's id, after noting how far the stream has come. */
  markPing(nowMs: number): number {
    this.#lastPingId = (this.#lastPingId % 0xffff_ffff) + 1;
    this.pingId = this.#lastPingId;
    this.pingStored = this.stored?.given ?? 0;
    this.pingLog = this.cursor;
    this.recipient.log.mark();
    this.pingMs = nowMs;
    return this.pingId;
  }

  /** From here on its stream goes on with stored frames, or with the log. */
  turn(to: "stored" | "log"): void {
    // Nobody asks where a plain client's stream stood: its pings note that.
    if (!this.v2) return;
    const stored = this.stored?.given ?? 0;
    const { cursor, from } = this;
    this.#turns ??= [
      { to: "stored", frames: 0, stored: 0, log: from },
      { to: "log", frames: stored, stored, log: from },
    ];
    const frames = stored + cursor - from;
    // Nothing came after the last one.
    if (this.#turns.at(-1)!.frames === frames) this.#turns.pop();
    this.#turns.push({ to, frames, stored, log: cursor });
  }

  /**
   * Where the stream stood after its first `frames` binary frames, as a `got` says; undefined where it is not so long. What
   * came before is not looked at again: a smaller number later says nothing new, and gets a place that is passed.
   */
  positionAfter(frames: number): Position | undefined {
    const given = this.stored?.given ?? 0;
    if (frames > given + this.cursor - this.from) return undefined;
    const turns = this.#turns;
    if (turns === undefined) {
      return frames <= given ? { stored: frames, log: this.from } : { stored: given, log: this.from + frames - given };
    }
    while (turns.length > 1 && turns[1]!.frames <= frames) turns.shift();
    const { to, frames: before, stored, log } = turns[0]!;
    const more = Math.max(0, frames - before);
    return to === "stored" ? { stored: stored + more, log } : { stored, log: log + more };
  }

  /** Waits until the socket can take more, or is gone. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The socket can take more, or is gone. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
