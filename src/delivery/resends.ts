import { TIMESTAMP_OFFSET } from "../protocol/frame.ts";
import { RESEND_WINDOW_MS } from "../protocol/messages.ts";

/** What a remembered frame has come to. */
export type Progress = "accepted" | "stored" | "delivered";

/** Frames remembered in each of two generations; a burst past it shortens the window instead of growing memory. */
const MAX_REMEMBERED = 250_000;

/** Sender, target and message id: the frame's first 24 bytes, as a string of 24 one-byte characters. */
const keyOf = (head: Uint8Array) => Buffer.from(head.buffer, head.byteOffset, TIMESTAMP_OFFSET).toString("latin1");

/**
 * Remembers the frames of `polyge.v2` senders that were accepted within the resend window, so that one sent again after a
 * lost connection is not delivered again. Two generations: a frame is forgotten between one and two windows after it came.
 */
export class Resends {
  readonly #clock: { readonly ms: number };
  #young = new Map<string, Progress>();
  #old = new Map<string, Progress>();
  #turnedMs: number;

  constructor(clock: { readonly ms: number }) {
    this.#clock = clock;
    this.#turnedMs = clock.ms;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What the frame has come to; undefined where it is new, and it is then remembered as accepted. */
  remember(frame: Uint8Array): Progress | undefined {
    const key = keyOf(frame);
    const known = this.#young.get(key) ?? this.#old.get(key);
    if (known !== undefined) return known;
    this.#turn();
    this.#young.set(key, "accepted");
    return undefined;
  }

  progressed(head: Uint8Array, progress: Progress): void {
    const key = keyOf(head);
    if (this.#young.has(key)) this.#young.set(key, progress);
    else if (this.#old.has(key)) this.#old.set(key, progress);
  }

  /** The frame was refused after all: sent again, it is new. */
  forget(head: Uint8Array): void {
    const key = keyOf(head);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #turn(): void {
    if (this.#clock.ms - this.#turnedMs < RESEND_WINDOW_MS && this.#young.size < MAX_REMEMBERED) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#turnedMs = this.#clock.ms;
  }
}
