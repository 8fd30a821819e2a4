import type { CoarseClock } from "./clock.ts";
import type { Connection } from "./connection.ts";

/** A client is pinged after this long without a word from it. */
const PING_AFTER_MS = 30_000;
/** A client is given up after this long without a word from it. */
const CLOSE_AFTER_MS = 90_000;
/** How often each socket is looked at, hence how late both may be. */
const SWEEP_MS = 5_000;

/**
 * Finds dead clients. Bun's own `idleTimeout` does not while the server keeps sending to one: only what comes back,
 * a frame, a ping or a pong, shows that somebody is there.
 */
export class Liveness {
  readonly #timer;

  constructor(connections: ReadonlySet<Connection>, clock: CoarseClock) {
    this.#timer = setInterval(() => {
      for (const connection of connections) {
        const silentMs = clock.ms - connection.heardMs;
        if (silentMs >= CLOSE_AFTER_MS) connection.ws!.terminate();
        else if (silentMs >= PING_AFTER_MS) connection.ws!.ping();
      }
    }, SWEEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
