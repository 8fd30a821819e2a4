/** Upper bounds in seconds: from a cached answer to a client on a bad network. */
export const SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/**
 * How often something took how long: one array of counts, so that measuring costs some nanoseconds and no garbage.
 * Whoever measures owns one; it is read when somebody asks for `/metrics`.
 */
export class Histogram {
  /** For each bound how many were at most that and more than the bound before; the last one: more than every bound. */
  readonly counts: number[];
  /** Seconds, of all together. */
  sum = 0;

  /** @param bounds in seconds, growing */
  constructor(readonly bounds: readonly number[] = SECONDS) {
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  /** @param ms what a clock of milliseconds says has passed */
  observeMs(ms: number): void {
    const seconds = ms / 1000;
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && seconds > bounds[at]!) at++;
    counts[at]!++;
    this.sum += seconds;
  }
}
