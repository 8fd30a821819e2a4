import { Histogram } from "../metrics/histogram.ts";

/** Milliseconds between two readings of the coarse clock. */
const RESOLUTION_MS = 50;

/**
 * A monotonic clock that is read ten thousand times as often as it moves: a field instead of a system call for each
 * frame. `ms` is late by up to `RESOLUTION_MS`, or by as long as the event loop was held up.
 */
export class CoarseClock {
  ms = performance.now();
  /** How late each reading was: nothing else was done for as long either. */
  readonly lag = new Histogram();
  readonly #timer = setInterval(() => {
    const before = this.ms;
    this.ms = performance.now();
    this.lag.observeMs(Math.max(0, this.ms - before - RESOLUTION_MS));
  }, RESOLUTION_MS).unref();

  stop(): void {
    clearInterval(this.#timer);
  }
}
