/** Reads what `/metrics` answers, on the other side. Nothing of the server is needed, so that a page can use it. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** What Prometheus' text format escapes in a label's value. */
const unescaped = (text: string) => text.replaceAll(/\\(.)/g, (_, each) => (each === "n" ? "\n" : each));

/** The samples of an answer; what is none is passed over. */
export function samplesOf(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(LABEL)].map(([, key, raw]) => [key!, unescaped(raw!)]);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value === "+Inf" ? "Infinity" : value) });
  }
  return samples;
}

/** How many were at most each bound in seconds; the bounds are those of all histograms of one name, summed. */
export type Buckets = ReadonlyMap<number, number>;

/** The buckets of a histogram, over all labels that `where` lets through. */
export function bucketsOf(samples: readonly Sample[], name: string, where: (sample: Sample) => boolean = () => true) {
  const buckets = new Map<number, number>();
  for (const sample of samples) {
    if (sample.name !== `${name}_bucket` || !where(sample)) continue;
    const { le } = sample.labels;
    const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + sample.value);
  }
  return buckets;
}

/**
 * The quantile in seconds of what was observed between two scrapes, as Prometheus' `histogram_quantile` reckons it.
 * @param before undefined: since the start
 * @returns undefined where nothing was observed, or the server was started anew
 */
export function quantile(q: number, after: Buckets, before?: Buckets): number | undefined {
  const bounds = [...after.keys()].sort((a, b) => a - b);
  const counts = bounds.map((bound) => after.get(bound)! - (before?.get(bound) ?? 0));
  const total = counts.at(-1) ?? 0;
  if (!(total > 0) || counts.some((count) => count < 0)) return undefined;
  const rank = q * total;
  const at = counts.findIndex((count) => count >= rank);
  const low = at > 0 ? bounds[at - 1]! : 0;
  if (bounds[at] === Number.POSITIVE_INFINITY) return low;
  const below = at > 0 ? counts[at - 1]! : 0;
  const inside = counts[at]! - below;
  return inside > 0 ? low + ((bounds[at]! - low) * (rank - below)) / inside : low;
}
