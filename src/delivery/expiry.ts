import type { Logger } from "pino";

const EVERY_MS = 10 * 60_000;

/** Whatever keeps things for a while. */
export interface Keeper {
  /** Deletes what was kept long enough. @returns how many */
  expire(): Promise<number>;
}

/** Deletes, now and then, what has been kept for longer than it may. */
export class Expiry {
  readonly #timer;

  /** @param what in the plural, for the log */
  constructor(keeper: Keeper, what: string, log: Logger) {
    this.#timer = setInterval(() => {
      keeper.expire().then(
        (count) => count > 0 && log.info({ what, count }, "kept long enough and deleted"),
        (error) =>
          log.warn({ what, reason: error instanceof Error ? error.message : "unknown" }, "cannot be deleted yet"),
      );
    }, EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
