/** What an operator wants to know, worked out of what `/metrics` answers. */
import { bucketsOf, quantile, type Sample, samplesOf } from "../../metrics/text.ts";

/** One answer, and when it came, in ms of `performance.now()`. */
export interface Scrape {
  readonly atMs: number;
  readonly samples: readonly Sample[];
  readonly byKey: ReadonlyMap<string, Sample>;
}

const keyOf = ({ name, labels }: Sample) => `${name} ${JSON.stringify(labels)}`;

export function scrapeOf(text: string, atMs: number): Scrape {
  const samples = samplesOf(text);
  return { atMs, samples, byKey: new Map(samples.map((sample) => [keyOf(sample), sample])) };
}

/** Numbers at one moment; undefined where there is none: no traffic, no NATS, or too early. */
export interface Figures {
  readonly sockets: number;
  readonly users: number;
  readonly messages: number | undefined;
  readonly stored: number | undefined;
  readonly refused: number | undefined;
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  readonly delivery50: number | undefined;
  readonly delivery99: number | undefined;
  readonly confirmation50: number | undefined;
  readonly confirmation99: number | undefined;
  readonly mailFrames: number | undefined;
  readonly mailUsers: number | undefined;
  readonly queued: number;
  readonly unconfirmedBytes: number;
  readonly cores: number | undefined;
  readonly memory: number;
  readonly memoryLimit: number | undefined;
  readonly lag99: number | undefined;
  readonly calls: number | undefined;
  readonly failedCalls: number | undefined;
}

/** Said in words rather than drawn. */
export interface State {
  readonly version: string;
  readonly startedAt: Date;
  readonly processes: number;
  /** Workers that did not answer. */
  readonly silent: number;
  /** With this one. */
  readonly nodes: number;
  readonly database: boolean;
  readonly storing: boolean;
  /** undefined: there is no NATS to be there. */
  readonly broker: boolean | undefined;
  readonly stopping: boolean;
}

type Where = (sample: Sample) => boolean;
const any: Where = () => true;

const valuesOf = ({ samples }: Scrape, name: string): number[] =>
  samples.filter((sample) => sample.name === name).map(({ value }) => value);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const most = (values: readonly number[]) => (values.length > 0 ? Math.max(...values) : undefined);

/** How much a counter grew in a second, over all labels. One that fell was started anew: it grew by what it has. */
function rate(before: Scrape, after: Scrape, name: string, where = any): number {
  let grown = 0;
  for (const sample of after.samples) {
    const last = sample.name === name && where(sample) ? before.byKey.get(keyOf(sample)) : undefined;
    if (last) grown += sample.value >= last.value ? sample.value - last.value : sample.value;
  }
  return (grown * 1000) / (after.atMs - before.atMs);
}

const outcome = (...among: string[]): Where => {
  const set = new Set(among);
  return ({ labels }) => set.has(labels["outcome"]!);
};
const ACCEPTED = outcome("sent", "routed", "queued");
const STORED = outcome("stored");
const REFUSED = outcome("unavailable", "mailbox_full", "unknown_user", "malformed", "forged", "rate_limited");
const FAILED: Where = ({ labels }) => labels["status"]!.startsWith("5") && labels["route"] !== "/readyz";

/** @param before the scrape that rates and quantiles reckon from; undefined: there is none yet */
export function figuresOf(after: Scrape, before: Scrape | undefined): Figures {
  const total = (name: string) => sum(valuesOf(after, name));
  const perSecond = (name: string, where?: Where) => before && rate(before, after, name, where);
  const time = (q: number, name: string) =>
    before && quantile(q, bucketsOf(after.samples, name), bucketsOf(before.samples, name));
  const direction =
    (wanted: string): Where =>
    ({ labels }) =>
      labels["direction"] === wanted;
  return {
    sockets: total("polyge_sockets"),
    users: total("polyge_users_online"),
    messages: perSecond("polyge_frames_total", ACCEPTED),
    stored: perSecond("polyge_frames_total", STORED),
    refused: perSecond("polyge_frames_total", REFUSED),
    bytesIn: perSecond("polyge_frame_bytes_total", direction("in")),
    bytesOut: perSecond("polyge_frame_bytes_total", direction("out")),
    delivery50: time(0.5, "polyge_delivery_seconds"),
    delivery99: time(0.99, "polyge_delivery_seconds"),
    confirmation50: time(0.5, "polyge_confirmation_seconds"),
    confirmation99: time(0.99, "polyge_confirmation_seconds"),
    // Every process reads the same database.
    mailFrames: most(valuesOf(after, "polyge_mailbox_frames")),
    mailUsers: most(valuesOf(after, "polyge_mailbox_users")),
    queued: total("polyge_mailbox_queue_frames"),
    unconfirmedBytes: total("polyge_unconfirmed_bytes"),
    cores: perSecond("process_cpu_seconds_total"),
    memory: total("process_resident_memory_bytes"),
    memoryLimit: most(valuesOf(after, "polyge_memory_limit_bytes")),
    lag99: time(0.99, "polyge_event_loop_lag_seconds"),
    calls: perSecond("polyge_http_request_duration_seconds_count"),
    failedCalls: perSecond("polyge_http_request_duration_seconds_count", FAILED),
  };
}

export function stateOf(scrape: Scrape): State {
  const values = (name: string) => valuesOf(scrape, name);
  const all = (name: string, wanted: number) => values(name).every((value) => value === wanted);
  const build = scrape.samples.find(({ name }) => name === "polyge_build_info")?.labels ?? {};
  const starts = values("process_start_time_seconds");
  return {
    version: `${build["version"] ?? "?"} (${build["commit"]?.slice(0, 7) ?? "?"})`,
    startedAt: new Date((most(starts) ?? 0) * 1000),
    processes: starts.length,
    silent: sum(values("polyge_workers_silent")),
    // To a worker the others of its port are nodes too, and so is it to them.
    nodes: 1 + (most(values("polyge_peers")) ?? 0),
    database: all("polyge_database_up", 1),
    storing: all("polyge_mailbox_failing", 0),
    broker: values("polyge_broker_connected").length > 0 ? all("polyge_broker_connected", 1) : undefined,
    stopping: !all("polyge_stopping", 0),
  };
}
