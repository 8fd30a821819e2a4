/** The run second by second: what the client processes counted, and what the servers said of themselves. */
import { quantile } from "../../metrics/text.ts";
import { nowMicroseconds } from "./engine/clock.ts";
import { Latency, type Percentiles } from "./engine/latency.ts";
import type { Counts, Sample } from "./players/orders.ts";
import type { Measures } from "./target/measures.ts";

const EVERY_MS = 1000;

/** What happened since the entry before; rates are a second's. */
export interface Moment {
  /** When it was taken, in seconds since the start. */
  readonly second: number;
  /** How long since the entry before, in seconds. */
  readonly span: number;
  readonly phase: string;
  readonly open: number;
  readonly sentPerSecond: number;
  readonly receivedPerSecond: number;
  readonly connectsPerSecond: number;
  readonly acked: number;
  readonly refused: number;
  /** Sockets that ended although nobody closed them. */
  readonly ended: number;
  /** Of messages that arrived and upgrades that succeeded; in ms. */
  readonly latency: Percentiles;
  readonly connect: Percentiles;
  /** Cores of the client process that used most, and of all. */
  readonly busiestClient: number;
  readonly clientCores: number;
  /** Part of the time that the client process worst off waited for a core. */
  readonly clientStarved: number;
  /** Event-loop lag of the worst client process, 99th percentile, in ms. */
  readonly clientLagMs: number;
  /** Undefined where the servers did not say. */
  readonly server: ServerMoment | undefined;
}

export interface ServerMoment {
  readonly processes: number;
  readonly cores: number;
  readonly residentBytes: number;
  readonly sockets: number;
  /** Event-loop lag of all together, 99th percentile, in ms. */
  readonly lagMs: number;
}

/** Something worth a line of its own. */
export interface Incident {
  readonly second: number;
  readonly text: string;
}

interface Sources {
  readonly sample: () => Promise<Sample[]>;
  readonly scrape: () => Promise<Measures | undefined>;
  readonly seen: (moment: Moment, total: Counts) => void;
}

const NO_COUNTS: Counts = {
  open: 0,
  connects: 0,
  refused: 0,
  ended: 0,
  sent: 0,
  unsent: 0,
  acked: 0,
  nacked: 0,
  received: 0,
  repeated: 0,
  outOfOrder: 0,
  corrupt: 0,
  stray: 0,
};

export const sumOf = (all: readonly Counts[]): Counts => {
  const total = { ...NO_COUNTS };
  for (const counts of all) for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key];
  return total;
};

export class Timeline {
  readonly moments: Moment[] = [];
  readonly incidents: Incident[] = [];
  total: Counts = NO_COUNTS;
  phase = "starting";
  private readonly zeroUs: number;
  private readonly sources: Sources;
  private lastSecond: number;
  private lastMeasures: Measures | undefined;
  private running: Promise<void> | undefined;
  private readonly end = Promise.withResolvers<void>();
  private ended = false;

  /** @param zeroUs start of the run, µs since 1970 */
  constructor(zeroUs: number, sources: Sources) {
    this.zeroUs = zeroUs;
    this.sources = sources;
    this.lastSecond = this.now;
  }

  /** Seconds since the start. */
  get now(): number {
    return (nowMicroseconds() - this.zeroUs) / 1e6;
  }

  start(): void {
    this.running = this.run();
  }

  /** Takes a last entry. */
  async stop(): Promise<void> {
    this.ended = true;
    this.end.resolve();
    await this.running;
    await this.take();
  }

  incident(text: string): void {
    this.incidents.push({ second: this.now, text });
  }

  private async run(): Promise<void> {
    this.lastMeasures = await this.sources.scrape();
    while (!this.ended) {
      const next = Math.ceil(this.now * 1000 + 1) + EVERY_MS;
      await Promise.race([Bun.sleep(Math.max(0, next - this.now * 1000)), this.end.promise]);
      if (!this.ended) await this.take();
    }
  }

  private async take(): Promise<void> {
    const [samples, measures] = await Promise.all([this.sources.sample(), this.sources.scrape()]);
    const second = this.now;
    const span = second - this.lastSecond;
    const [before, total] = [this.total, sumOf(samples.map(({ counts }) => counts))];
    const rate = (key: keyof Counts) => (total[key] - before[key]) / span;
    const moment: Moment = {
      second,
      span,
      phase: this.phase,
      open: total.open,
      sentPerSecond: rate("sent"),
      receivedPerSecond: rate("received"),
      connectsPerSecond: rate("connects"),
      acked: total.acked - before.acked,
      refused: total.refused - before.refused,
      ended: total.ended - before.ended,
      latency: Latency.sum(samples.map(({ latency }) => latency)).percentiles,
      connect: Latency.sum(samples.map(({ connect }) => connect)).percentiles,
      busiestClient: Math.max(...samples.map(({ cpu }) => cpu)),
      clientCores: samples.reduce((sum, { cpu }) => sum + cpu, 0),
      clientStarved: Math.max(...samples.map(({ starved }) => starved)),
      clientLagMs: Math.max(...samples.map(({ lagMs }) => lagMs)),
      server: this.serverMoment(measures, span),
    };
    this.note(moment, total, measures);
    this.total = total;
    this.lastSecond = second;
    this.moments.push(moment);
    this.sources.seen(moment, total);
  }

  private serverMoment(measures: Measures | undefined, span: number): ServerMoment | undefined {
    const last = this.lastMeasures;
    if (measures === undefined || last === undefined) return undefined;
    const { processes, residentBytes, sockets, lag, cpuSeconds } = measures;
    // A process that was started again counts from zero.
    const cores = Math.max(0, (cpuSeconds - last.cpuSeconds) / span);
    const lagMs = (quantile(0.99, lag, last.lag) ?? 0) * 1000;
    return { processes, cores, residentBytes, sockets, lagMs };
  }

  /** Writes down what the operator should not overlook. */
  private note(moment: Moment, { open }: Counts, measures: Measures | undefined): void {
    const { second, ended } = moment;
    if (ended > 0) this.incidents.push({ second, text: `${ended} sockets ended by themselves, ${open} are open` });
    const before = this.moments.at(-1);
    if (before?.open === 0 && open > 0 && this.total.ended > 0) {
      this.incidents.push({ second, text: `${open} sockets are open again` });
    }
    if (measures === undefined && this.lastMeasures !== undefined && this.moments.length > 0) {
      this.incidents.push({ second, text: "/metrics does not answer" });
    }
    this.lastMeasures = measures;
  }
}
