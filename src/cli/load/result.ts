/** What a run was found to be: the report before it is written in whatever form. */
import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Arguments } from "./arguments.ts";
import { Latency, type Percentiles } from "./engine/latency.ts";
import { findingsOf } from "./findings.ts";
import type { Counts, Outcome } from "./players/orders.ts";
import type { ScenarioName, Settings } from "./scenarios.ts";
import { type Incident, type Moment, sumOf, type Timeline } from "./timeline.ts";

/** Messages that did not arrive, by the second in which they were due. */
export interface Lost {
  readonly second: number;
  readonly messages: number;
}

export interface Rates {
  /** Seconds that these are means of: the scenario's, without warm-up. */
  readonly seconds: number;
  readonly sentPerSecond: number;
  readonly receivedPerSecond: number;
  readonly ackedPerSecond: number;
  readonly connectsPerSecond: number;
  /** Cores; of the servers undefined where `/metrics` did not say. */
  readonly serverCores: number | undefined;
  readonly clientCores: number;
  /** Server CPU of a message delivered, in µs. */
  readonly serverMicrosecondsPerMessage: number | undefined;
}

export interface Result {
  readonly scenario: ScenarioName;
  readonly settings: Settings;
  readonly date: string;
  readonly target: { readonly urls: readonly string[]; readonly own: boolean; readonly version: string | undefined };
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly kernel: string;
    readonly bun: string;
  };
  readonly processes: number;
  /** `lost`: sent, not arrived, and not refused by a nack either. */
  readonly accounts: Counts & { readonly lost: number };
  readonly lost: readonly Lost[];
  readonly rates: Rates;
  /** In ms. `latency`: due to arrival; `mail`: the target's coming back to arrival; `ack`: due to ack. */
  readonly latency: Percentiles;
  /** The part of `latency` whose two sockets were on different nodes. */
  readonly acrossNodes: Percentiles;
  readonly mail: Percentiles;
  readonly ack: Percentiles;
  readonly connect: Percentiles;
  /** The client's own part in the latencies. */
  readonly sendLag: Percentiles;
  /** Resident memory that a socket took, in bytes: what the servers grew by, divided by the sockets. */
  readonly bytesPerSocket: number | undefined;
  readonly peakSockets: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly nacks: Readonly<Record<string, number>>;
  readonly incidents: readonly Incident[];
  /** Why the figures may not be what they seem. */
  readonly findings: readonly string[];
  readonly interrupted: boolean;
  readonly moments: readonly Moment[];
}

export interface Ran {
  readonly asked: Arguments;
  readonly target: Result["target"];
  readonly outcomes: readonly Outcome[];
  readonly timeline: Timeline;
  /** Seconds between which the scenario ran, without warm-up. */
  readonly from: number;
  readonly to: number;
  /** Resident memory of the servers before the first socket. */
  readonly residentBefore: number | undefined;
  readonly interrupted: boolean;
}

export function resultOf({ asked, target, outcomes, timeline, from, to, residentBefore, interrupted }: Ran): Result {
  const counts = sumOf(outcomes.map((outcome) => outcome.counts));
  const sum = (...reads: ((outcome: Outcome) => string)[]) =>
    Latency.sum(outcomes.flatMap((outcome) => reads.map((read) => read(outcome)))).percentiles;
  const { moments } = timeline;
  const peak = moments.reduce((most, { open }) => Math.max(most, open), 0);
  const fullest = moments.findLast(({ open, server }) => open === peak && server !== undefined)?.server;
  const measured = {
    scenario: asked.scenario,
    settings: asked.settings,
    date: new Date().toISOString(),
    target,
    machine: machine(),
    processes: asked.processes,
    accounts: { ...counts, lost: counts.sent - counts.received - counts.nacked },
    lost: lostIn(outcomes),
    rates: ratesOf(between(moments, from, to)),
    latency: sum(
      ({ sameNode }) => sameNode,
      ({ acrossNodes }) => acrossNodes,
    ),
    acrossNodes: sum(({ acrossNodes }) => acrossNodes),
    mail: sum(({ mail }) => mail),
    ack: sum(({ ack }) => ack),
    connect: sum(({ connect }) => connect),
    sendLag: sum(({ sendLag }) => sendLag),
    bytesPerSocket:
      fullest && residentBefore ? (fullest.residentBytes - residentBefore) / Math.max(1, peak) : undefined,
    peakSockets: peak,
    codes: merged(outcomes.map(({ codes }) => codes)),
    refusals: merged(outcomes.map(({ refusals }) => refusals)),
    nacks: merged(outcomes.map(({ nacks }) => nacks)),
    incidents: timeline.incidents,
    interrupted,
    moments,
  };
  return { ...measured, findings: findingsOf(measured) };
}

/** Whether every message came, whole and in order. One that came again after its socket had ended is no fault. */
export function isSound({ accounts, scenario }: Result): boolean {
  const { lost, outOfOrder, corrupt, stray, repeated, nacked, ended } = accounts;
  const mayRepeat = ended > 0 || scenario === "churn" || scenario === "mixed";
  return lost + outOfOrder + corrupt + stray + nacked === 0 && (repeated === 0 || mayRepeat) && accounts.connects > 0;
}

/** The moments that lie between; of a short run those that do in part. */
function between(moments: readonly Moment[], from: number, to: number): readonly Moment[] {
  const within = moments.filter(({ second, span }) => second - span >= from - 0.1 && second <= to + 0.1);
  return within.length > 0 ? within : moments.filter(({ second, span }) => second > from && second - span < to);
}

/** Means over the moments given. */
function ratesOf(moments: readonly Moment[]): Rates {
  const seconds = moments.reduce((total, { span }) => total + span, 0);
  const mean = (read: (moment: Moment) => number) =>
    seconds === 0 ? 0 : moments.reduce((total, moment) => total + read(moment) * moment.span, 0) / seconds;
  const measured = moments.length > 0 && moments.every(({ server }) => server !== undefined);
  const serverCores = measured ? mean(({ server }) => server!.cores) : undefined;
  const receivedPerSecond = mean((moment) => moment.receivedPerSecond);
  return {
    seconds,
    sentPerSecond: mean((moment) => moment.sentPerSecond),
    receivedPerSecond,
    ackedPerSecond: mean(({ acked, span }) => acked / span),
    connectsPerSecond: mean((moment) => moment.connectsPerSecond),
    serverCores,
    clientCores: mean((moment) => moment.clientCores),
    serverMicrosecondsPerMessage:
      serverCores === undefined || receivedPerSecond === 0 ? undefined : (serverCores * 1e6) / receivedPerSecond,
  };
}

function lostIn(outcomes: readonly Outcome[]): Lost[] {
  const seconds = Math.max(0, ...outcomes.map(({ sentIn }) => sentIn.length));
  return Array.from({ length: seconds }, (_, second) => {
    const of = (counts: readonly number[]) => counts[second] ?? 0;
    return {
      second,
      messages: outcomes.reduce((total, { sentIn, arrivedIn }) => total + of(sentIn) - of(arrivedIn), 0),
    };
  }).filter(({ messages }) => messages > 0);
}

function merged(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const record of records) {
    for (const [key, count] of Object.entries(record)) all[key] = (all[key] ?? 0) + count;
  }
  return all;
}

const machine = (): Result["machine"] => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  kernel: release(),
  bun: Bun.version,
});
