/** Answers scrapes: reads the catalogue into `prom-client`, and gathers what the other workers measured. */
import {
  AggregatorRegistry,
  Gauge,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { CATALOGUE } from "./catalogue.ts";
import { Histogram } from "./histogram.ts";
import type { Labelled, Measure, Reading } from "./measure.ts";
import type { Sources } from "./sources.ts";

/** The processes behind one port, as one of them sees the others. */
export interface Workers {
  readonly number: number;
  /** How many there are with this one. */
  readonly total: number;
  /** Says what this one answers when another gathers. */
  measures(measure: () => Promise<string>): void;
  /** What the others answer within a second. */
  gather(): Promise<readonly string[]>;
}

/** Of the answer as a whole, where there are several workers. */
export const WORKER_MEASURES = [
  { name: "polyge_workers", help: "Workers on this port; only where there are several" },
  { name: "polyge_workers_silent", help: "Workers left out of this answer, as they did not answer within a second" },
] as const;

type Value = MetricValue<string> & { metricName?: string };

/** `get` is all that a registry asks of a metric: values stay where they are counted until then. */
type Metered = Pick<Measure<never>, "name" | "help" | "type"> & { get(): Promise<MetricObjectWithValues<Value>> };

export class Metrics {
  readonly #registry = new Registry();
  readonly #workers: Workers | undefined;

  /** @param workers undefined: this process is alone on its port */
  constructor(sources: Sources, workers?: Workers) {
    this.#workers = workers;
    for (const measure of CATALOGUE) this.#registry.registerMetric(metered(measure, sources) as unknown as Metric);
    if (workers) this.#registry.setDefaultLabels({ worker: String(workers.number) });
    workers?.measures(async () => JSON.stringify(await this.#registry.getMetricsAsJSON()));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * The answer to a scrape. Of several workers whichever got the connection answers for all, each under a label of its
   * own: sums would fall when a worker dies or is left out, which a reader of counters takes for a restart of all.
   */
  async text(): Promise<string> {
    if (!this.#workers) return this.#registry.metrics();
    const others = await this.#workers.gather();
    const all = AggregatorRegistry.aggregate([
      await this.#registry.getMetricsAsJSON(),
      ...others.map((part) => JSON.parse(part)),
    ]);
    const counts = [this.#workers.total, this.#workers.total - 1 - others.length];
    for (const [at, { name, help }] of WORKER_MEASURES.entries()) {
      new Gauge({ name, help, registers: [all] }).set(counts[at]!);
    }
    return all.metrics();
  }
}

function metered(measure: Measure<Sources>, sources: Sources): Metered {
  const { name, help, type } = measure;
  const get = async () =>
    ({ name, help, type, aggregator: "sum", values: valuesOf(name, read(measure, sources)) }) as never;
  return { name, help, type, get };
}

function read(measure: Measure<Sources>, sources: Sources): Reading {
  try {
    return measure.read(sources);
  } catch {
    return undefined;
  }
}

function valuesOf(name: string, reading: Reading): Value[] {
  if (reading === undefined) return [];
  const all: readonly Labelled[] = isList(reading) ? reading : [{ labels: {}, value: reading }];
  return all.flatMap(({ labels, value }) =>
    value instanceof Histogram ? bucketsOf(name, labels, value) : [{ labels, value }],
  );
}

const isList = (reading: Reading): reading is readonly Labelled[] => Array.isArray(reading);

function bucketsOf(name: string, labels: Labelled["labels"], { bounds, counts, sum }: Histogram): Value[] {
  let count = 0;
  const buckets = counts.map((each, at) => {
    count += each;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[at] ?? "+Inf") }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
