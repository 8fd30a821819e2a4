import type { Recipient } from "../recipient.ts";

/** Longest that copies wait for their node to say that it knows of this one, in ms. */
const WAIT_MS = 200;

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
  readonly #waiting = new Map<Recipient, Copy[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(take: (recipient: Recipient, copy: Copy) => void) {
    this.#take = take;
  }

  put(recipient: Recipient, copy: Copy): void {
    const waiting = this.#waiting.get(recipient);
    if (waiting === undefined) this.#waiting.set(recipient, [copy]);
    else waiting.push(copy);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [each, copies] of this.#waiting) this.#release(each, copies);
      this.#waiting.clear();
    }, WAIT_MS);
  }

  /** The node knows of the user's sockets here, and has sent what it had. */
  known(recipient: Recipient, node: string): void {
    const waiting = this.#waiting.get(recipient);
    if (waiting === undefined) return;
    const others = waiting.filter((copy) => copy.node !== node);
    if (others.length > 0) this.#waiting.set(recipient, others);
    else this.#waiting.delete(recipient);
    this.#release(
      recipient,
      waiting.filter((copy) => copy.node === node),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #release(recipient: Recipient, copies: Copy[]): void {
    if (recipient.state === "left") return;
    for (const copy of copies.sort((a, b) => a.seq - b.seq)) this.#take(recipient, copy);
  }
}
