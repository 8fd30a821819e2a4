import type { CoarseClock } from "./clock.ts";
import type { Connections } from "./connections.ts";

export interface LivenessTimes {
  /** A client is pinged after this long without a word from it, in ms. */
  readonly pingAfterMs: number;
  /** A client is given up after this long without a word from it, in ms. */
  readonly closeAfterMs: number;
  /** How often each socket is looked at, hence how late both may be, in ms. */
  readonly sweepMs: number;
}

const TIMES: LivenessTimes = { pingAfterMs: 30_000, closeAfterMs: 90_000, sweepMs: 5_000 };

/**
 * Finds dead clients. Bun's own `idleTimeout` does not while the server keeps sending to one: only what comes back,
 * a frame, a ping or a pong, shows that somebody is there.
 */
export class Liveness {
  readonly #timer;

  /** @param times shorter ones are for tests, which cannot wait for minutes */
  constructor(connections: Connections, clock: CoarseClock, times: LivenessTimes = TIMES) {
    this.#timer = setInterval(() => {
      for (const connection of connections.snapshot()) {
        const silentMs = clock.ms - connection.heardMs;
        if (silentMs >= times.closeAfterMs) connection.ws!.terminate();
        else if (silentMs >= times.pingAfterMs) connection.ws!.ping();
      }
    }, times.sweepMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
