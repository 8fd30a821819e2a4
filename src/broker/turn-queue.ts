import type { NatsConnection } from "@nats-io/transport-node";

interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array | string;
  readonly reply: string;
}

/**
 * What a turn of the event loop publishes, in order. It is published at the turn's end: nats.js writes to the network in a
 * microtask, which Bun runs after each WebSocket message, so that each frame would cost a system call. nats.js would also
 * keep for later, without bound, what is published while the connection is away: here it is dropped.
 */
export class TurnQueue {
  /** Bytes that wait for the end of the turn; text counts by its characters. */
  bytes = 0;
  #queue: Outgoing[] = [];
  #connection: NatsConnection | undefined;
  /** Used again for each publish, which reads it before it returns. */
  readonly #options = { reply: "" };

  /** From now on what is put here is published to this connection. */
  open(connection: NatsConnection): void {
    this.#connection = connection;
  }

  /** The connection is away: what waits is dropped, and what comes. */
  shut(): void {
    this.#connection = undefined;
  }

  put(subject: string, payload: Uint8Array | string, reply: string): void {
    if (this.#connection === undefined) return;
    if (this.#queue.length === 0) setImmediate(this.publish);
    this.#queue.push({ subject, payload, reply });
    this.bytes += payload.length;
  }

  /** Publishes what waits, at once. */
  readonly publish = (): void => {
    const queue = this.#queue;
    this.#queue = [];
    this.bytes = 0;
    for (const { subject, payload, reply } of queue) {
      if (this.#connection === undefined) return;
      this.#options.reply = reply;
      this.#connection.publish(subject, payload, this.#options);
    }
  };
}
