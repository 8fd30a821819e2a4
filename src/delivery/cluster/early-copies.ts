import type { Recipient } from "../recipient.ts";

/** Longest that copies wait for their node to say that it knows of this one, in ms. */
const WAIT_MS = 200;
/** Bytes of one user's copies at which they wait no longer: their order is not worth more memory. */
const MAX_BYTES = 1024 * 1024;

interface Copy {
  readonly node: string;
  readonly seq: number;
  readonly frame: Buffer;
}

/**
 * Copies from nodes that do not know yet of a user's sockets here. When they do, they send what they had before; so these
 * wait for that, or a socket would get the later frames and not the earlier.
 */
export class EarlyCopies {
  readonly #take: (recipient: Recipient, copy: Copy) => void;
  readonly #waiting = new Map<Recipient, { copies: Copy[]; bytes: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(take: (recipient: Recipient, copy: Copy) => void) {
    this.#take = take;
  }

  put(recipient: Recipient, copy: Copy): void {
    const waiting = this.#waiting.get(recipient) ?? { copies: [], bytes: 0 };
    this.#waiting.set(recipient, waiting);
    waiting.copies.push(copy);
    waiting.bytes += copy.frame.length;
    if (waiting.bytes > MAX_BYTES) {
      this.#waiting.delete(recipient);
      this.#release(recipient, waiting.copies);
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [each, { copies }] of this.#waiting) this.#release(each, copies);
      this.#waiting.clear();
    }, WAIT_MS);
  }

  /** The node knows of the user's sockets here, and has sent what it had. */
  known(recipient: Recipient, node: string): void {
    const waiting = this.#waiting.get(recipient);
    if (waiting === undefined) return;
    const { copies } = waiting;
    waiting.copies = copies.filter((copy) => copy.node !== node);
    if (waiting.copies.length === 0) this.#waiting.delete(recipient);
    const own = copies.filter((copy) => copy.node === node);
    waiting.bytes -= own.reduce((sum, { frame }) => sum + frame.length, 0);
    this.#release(recipient, own);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #release(recipient: Recipient, copies: Copy[]): void {
    if (recipient.state === "left") return;
    for (const copy of copies.sort((a, b) => a.seq - b.seq)) this.#take(recipient, copy);
  }
}
