/** Milliseconds between two readings of the coarse clock. */
const RESOLUTION_MS = 50;

/**
 * A monotonic clock that is read ten thousand times as often as it moves: a field instead of a system call for each
 * frame. `ms` is late by up to `RESOLUTION_MS`, or by as long as the event loop was held up.
 */
export class CoarseClock {
  ms = performance.now();
  readonly #timer = setInterval(() => {
    this.ms = performance.now();
  }, RESOLUTION_MS).unref();

  stop(): void {
    clearInterval(this.#timer);
  }
}
