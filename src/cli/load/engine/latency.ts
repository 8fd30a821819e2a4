/** Times in µs as HDR histograms, three digits exact, that travel between processes and add up there. */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";

/** Longest time told apart, in µs; longer ones count as this long. */
const LONGEST_US = 120_000_000;

export interface Percentiles {
  /** Times recorded. */
  readonly count: number;
  /** In ms, as those below. NaN where nothing was recorded. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Latency {
  private readonly histogram: Histogram;

  constructor(histogram?: Histogram) {
    this.histogram =
      histogram ??
      build({ lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US, numberOfSignificantValueDigits: 3 });
  }

  /** The sum of what others packed. */
  static sum(packed: readonly string[]): Latency {
    const all = new Latency();
    for (const each of packed) all.histogram.add(decodeFromCompressedBase64(each));
    return all;
  }

  record(microseconds: number): void {
    this.histogram.recordValue(Math.min(Math.max(Math.round(microseconds), 0), LONGEST_US));
  }

  pack(): string {
    return encodeIntoCompressedBase64(this.histogram);
  }

  /** What was recorded so far, packed; begins anew. */
  take(): string {
    const packed = this.pack();
    this.histogram.reset();
    return packed;
  }

  get percentiles(): Percentiles {
    const at = (percent: number) =>
      this.histogram.totalCount === 0 ? Number.NaN : this.histogram.getValueAtPercentile(percent) / 1000;
    return { count: this.histogram.totalCount, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) };
  }
}
