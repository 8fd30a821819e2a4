import type { AckStatus } from "../protocol/messages.ts";
import type { PolygeError } from "./errors.ts";

/**
 * What became of one message. Three promises, since each says another thing at another time, and an application waits for
 * the one that it shows. None resolves on less than it says; one that nobody waits for may reject unseen.
 */
export interface Sent {
  readonly to: number;
  /** Names the message in `read` receipts. */
  readonly msgId: bigint;
  /** The WebSocket has taken it. All that a plain connection ever says. */
  readonly written: Promise<void>;
  /** The server answers for it: it is on disk, or delivered already. Rejects with the `nack`'s code, `no_acks`, `closed`. */
  readonly stored: Promise<void>;
  /**
   * A socket of the target has confirmed it. For somebody who is away that may be in days, and is heard by whoever is
   * connected then; an ack that was told while this client had no connection is not heard at all.
   */
  readonly delivered: Promise<void>;
}

/** `Promise.withResolvers`, which Node 20 lacks. A rejection that nobody waits for is no unhandled one. */
class Settled {
  resolve!: () => void;
  reject!: (error: PolygeError) => void;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => {});
  }
}

/** A message on its way: the frame, and the promises about it. */
export class Outgoing {
  readonly #written = new Settled();
  readonly #stored = new Settled();
  readonly #delivered = new Settled();
  readonly sent: Sent;
  /** Nothing is to be written any more. */
  over = false;

  constructor(
    to: number,
    msgId: bigint,
    readonly frame: Uint8Array<ArrayBuffer>,
  ) {
    const [written, stored, delivered] = [this.#written, this.#stored, this.#delivered].map(({ promise }) => promise);
    this.sent = { to, msgId, written: written!, stored: stored!, delivered: delivered! };
  }

  written(): void {
    this.#written.resolve();
  }

  /** `delivered` implies `stored`: the server need not keep what has arrived. It comes first, so that a race shows the better. */
  acked(status: AckStatus): void {
    this.over = true;
    if (status === "delivered") this.#delivered.resolve();
    this.#stored.resolve();
  }

  /** Settles whatever is not settled yet. */
  failed(error: PolygeError): void {
    this.over = true;
    for (const each of [this.#written, this.#stored, this.#delivered]) each.reject(error);
  }
}
