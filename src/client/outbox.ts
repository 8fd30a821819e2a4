import type { AckStatus, NackCode } from "../protocol/messages.ts";
import { PolygeError } from "./errors.ts";
import { Pace } from "./pace.ts";
import type { Outgoing } from "./sent.ts";

/** Stored messages whose `delivered` is waited for; past it the oldest is given up with `not_awaited`. */
const MOST_AWAITED = 10_000;
/** After `unavailable` or `rate_limited` nothing is written for this long, and as much again at random, in ms. */
const REFUSED_PAUSE_MS = 500;

/** Where frames go: one open socket. */
export interface Wire {
  /** False: nobody acks, and a frame that was written is done with. */
  readonly acks: boolean;
  readonly maxFrameBytes: number;
  readonly messageRate: number;
  readonly messageBurst: number;
  write(frame: Uint8Array<ArrayBuffer>): void;
}

/**
 * Messages that the server does not answer for yet, in the order in which they were sent. Each new socket is written all of
 * them from the start: the server knows those that it has by their ids, and acks them again. As every socket carries them
 * in the same order, and nothing is skipped but what was acked, the order in which the server first takes them is the order
 * sent, however many sockets broke in between.
 */
export class Outbox {
  readonly #unstored = new Map<string, Outgoing>();
  readonly #undelivered = new Map<string, Outgoing>();
  readonly #maxBytes: number;
  #bytes = 0;
  #wire: Wire | undefined;
  #pace = new Pace(0, 0, 0);
  /** What this wire is still to be written, from `#next` on. */
  #queue: Outgoing[] = [];
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxBytes of frames that wait */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Messages that the server does not answer for yet. */
  get size(): number {
    return this.#unstored.size;
  }

  add(outgoing: Outgoing): void {
    if (this.#bytes + outgoing.frame.length > this.#maxBytes) {
      return outgoing.failed(new PolygeError("outbox_full", `more than ${this.#maxBytes} bytes wait for an answer`));
    }
    this.#bytes += outgoing.frame.length;
    this.#unstored.set(String(outgoing.sent.msgId), outgoing);
    if (this.#wire === undefined) return;
    this.#queue.push(outgoing);
    if (this.#timer === undefined) this.#write();
  }

  /** A socket is open. */
  attach(wire: Wire): void {
    this.#wire = wire;
    this.#pace = new Pace(wire.messageRate, wire.messageBurst, performance.now());
    this.#writeAll();
  }

  /** It is gone. */
  detach(): void {
    this.#wire = undefined;
    this.#hold();
    this.#queue = [];
    this.#next = 0;
  }

  acked(msgId: string, status: AckStatus): void {
    const outgoing = this.#unstored.get(msgId) ?? this.#undelivered.get(msgId);
    // Acks come to every socket of the user: this may be another client's.
    if (outgoing === undefined) return;
    this.#remove(msgId, outgoing);
    if (status === "stored") this.#await(msgId, outgoing);
    else this.#undelivered.delete(msgId);
    outgoing.acked(status);
  }

  /**
   * The server did not take a frame. Where a later attempt may succeed, everything without an ack is written again from the
   * start after a pause. Frames that were on their way behind the refused one may have been taken, and so overtake it.
   */
  refused(msgId: string, code: NackCode): void {
    const outgoing = this.#unstored.get(msgId);
    if (outgoing === undefined) return;
    if (code === "unavailable" || code === "rate_limited") {
      this.#hold();
      this.#timer = setTimeout(() => this.#writeAll(), REFUSED_PAUSE_MS * (1 + Math.random()));
      return;
    }
    this.#remove(msgId, outgoing);
    outgoing.failed(new PolygeError(code, `user ${outgoing.sent.to}: message refused`));
  }

  /** It is over: nothing will be heard any more. */
  fail(error: PolygeError): void {
    this.detach();
    for (const outgoing of [...this.#unstored.values(), ...this.#undelivered.values()]) outgoing.failed(error);
    this.#unstored.clear();
    this.#undelivered.clear();
    this.#bytes = 0;
  }

  #await(msgId: string, outgoing: Outgoing): void {
    this.#undelivered.set(msgId, outgoing);
    if (this.#undelivered.size <= MOST_AWAITED) return;
    const [oldestId, oldest] = this.#undelivered.entries().next().value!;
    this.#undelivered.delete(oldestId);
    oldest.failed(new PolygeError("not_awaited", `more than ${MOST_AWAITED} stored messages wait`));
  }

  #remove(msgId: string, outgoing: Outgoing): void {
    if (this.#unstored.delete(msgId)) this.#bytes -= outgoing.frame.length;
  }

  #hold(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #writeAll(): void {
    this.#queue = [...this.#unstored.values()];
    this.#next = 0;
    this.#write();
  }

  #write(): void {
    this.#hold();
    for (; this.#wire !== undefined && this.#next < this.#queue.length; this.#next++) {
      const outgoing = this.#queue[this.#next]!;
      if (outgoing.over) continue;
      const wait = this.#pace.spend(performance.now());
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#write(), wait);
        return;
      }
      this.#writeOne(outgoing, this.#wire);
    }
    this.#queue = [];
    this.#next = 0;
  }

  #writeOne(outgoing: Outgoing, { acks, maxFrameBytes, write }: Wire): void {
    const { frame, sent } = outgoing;
    if (frame.length > maxFrameBytes) {
      this.#remove(String(sent.msgId), outgoing);
      return outgoing.failed(new PolygeError("too_large", `a frame has ${maxFrameBytes} bytes at most`));
    }
    write(frame);
    outgoing.written();
    if (acks) return;
    this.#remove(String(sent.msgId), outgoing);
    outgoing.failed(new PolygeError("no_acks", "a plain connection tells nothing"));
  }
}
