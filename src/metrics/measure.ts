/** What a metric is: enough to answer a scrape and to describe it. */
import type { Histogram } from "./histogram.ts";

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Histogram;
}

/** One value, one for each set of labels, or none for now. */
export type Reading = number | Histogram | readonly Labelled[] | undefined;

/** @typeParam From where values are read from */
export interface Measure<From> {
  /** After https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One line: what is counted, in what unit, and by what rule where only samples are. */
  readonly help: string;
  /** Its labels, each with what it says. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Called at each scrape, so it only reads what is there. One that throws is left out of the answer. */
  read(from: From): Reading;
}

/** Values under one label each. */
export const by = (label: string, values: Readonly<Record<string, number>>): Labelled[] =>
  Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
