/** One measurement of a cluster: start the nodes, fill them with sockets, let those talk, account, stop. */

import type { Login } from "../src/cli/load/engine/connection.ts";
import { measureCpu } from "../src/cli/load/engine/cpu.ts";
import { Latency, type Percentiles } from "../src/cli/load/engine/latency.ts";
import type { Counts, Member, Outcome } from "../src/cli/load/players/orders.ts";
import type { Players } from "../src/cli/load/players/players.ts";
import { SCENARIO } from "../src/cli/load/scenarios.ts";
import type { ServerProgram } from "../src/cli/load/target/server-process.ts";
import { sumOf } from "../src/cli/load/timeline.ts";
import { countsOf, crowdOf, openAll, warmUp } from "./crowd.ts";
import { availableBytes, residentBytes } from "./metrics.ts";
import { type RunningNodes, startNodes } from "./servers.ts";

/** After the last socket opened: the servers' buffers shrink, their idle CPU is measured. */
const SETTLE_MS = 5000;
/** Messages flow for this long before they are measured: what runs for the first time is compiled first. */
const WARM_UP_SECONDS = 10;
const IDLE_MS = 5000;
/** How long to wait at the end for messages under way; what has not come by then counts as lost. */
const DRAIN_MS = 10_000;
/** After the last message, how long pings are still answered: what a server holds unconfirmed it would store. */
const LAST_PINGS_MS = 1500;
const PROGRESS_MS = 5000;

export interface ClusterOptions {
  readonly server: ServerProgram;
  readonly nodes: number;
  readonly clients: number;
  /** One socket each. */
  readonly logins: readonly Login[];
  readonly seconds: number;
  /** Messages a second, all sockets together. */
  readonly rate: number;
  readonly dataBytes: number;
}

export interface Measured {
  readonly sockets: number;
  readonly nodes: number;
  readonly clients: number;
  /** Sockets open at the end that were open all the time. */
  readonly held: number;
  readonly connectsPerSecond: number;
  /** Bytes of resident memory a socket, node by node. */
  readonly nodeBytes: readonly number[];
  /** Of the client processes, their start included. */
  readonly clientBytes: number;
  /** What the whole machine gave for a socket: server, client and both ends in the kernel. Others' doings are in it too. */
  readonly machineBytes: number;
  /** Share of the pairs that are on two nodes. */
  readonly acrossNodes: number;
  /** Cores that the nodes used while every socket was silent, and while messages flowed. */
  readonly idleCores: number;
  readonly cores: number;
  /** CPU of all nodes for each message, in µs: as it is, and less what they used idle. */
  readonly cpuPerMessageUs: number;
  readonly cpuPerMessageLessIdleUs: number;
  /** From the intended time of sending to the arrival, in ms; of all messages but the warm-up's, and by where the two sockets are. */
  readonly latency: { readonly all: Percentiles; readonly sameNode: Percentiles; readonly acrossNodes: Percentiles };
  /** The client's own part of that. */
  readonly sendLag: Percentiles;
  /** Of every message, the warm-up's included. */
  readonly accounts: Counts & { readonly lost: number };
  readonly pings: number;
  /** Close codes of sockets that ended early. */
  readonly codes: readonly Outcome["codes"][];
}

export type ClusterRun = Measured & { readonly round: number };

/** @throws Error where a node does not start, or a socket cannot be opened */
export async function holdCluster(options: ClusterOptions): Promise<Measured> {
  const { logins, seconds, rate } = options;
  await using nodes = await startNodes(options.server, options.nodes);
  await warmUp(nodes.urls, logins);
  await Bun.sleep(SETTLE_MS);
  const before = { resident: nodes.pids.map(residentBytes), available: availableBytes() };

  const members = SCENARIO.pairs.members(logins);
  await using crowd = crowdOf(nodes.urls, members, options.clients, options.dataBytes);
  const progress = setInterval(async () => console.error(line(logins.length, await countsOf(crowd))), PROGRESS_MS);
  try {
    const connectSeconds = await openAll(crowd, logins.length);
    await Bun.sleep(SETTLE_MS);
    const memory = memoryPerSocket(nodes, crowd, before, logins.length);
    const idle = measureCpu(nodes.pids);
    await Bun.sleep(IDLE_MS);
    const idleCores = idle().servers ?? Number.NaN;

    // All of it warm-up: what is measured begins with the messages after it.
    await crowd.talk({ kind: "even", rate }, 0, WARM_UP_SECONDS);
    const sentBefore = (await countsOf(crowd)).sent;
    const talking = measureCpu(nodes.pids);
    await crowd.talk({ kind: "even", rate }, seconds, 0);
    const busy = talking();
    const messages = (await countsOf(crowd)).sent - sentBefore;
    await drained(crowd);
    clearInterval(progress);
    const outcomes = await crowd.finish();
    const cores = busy.servers ?? Number.NaN;
    const accounts = accountsOf(outcomes);
    const perMessage = (used: number) => (used * busy.seconds * 1e6) / messages;
    return {
      sockets: logins.length,
      nodes: options.nodes,
      clients: options.clients,
      held: Math.min(accounts.open, logins.length - accounts.ended),
      connectsPerSecond: logins.length / connectSeconds,
      ...memory,
      acrossNodes: shareAcross(members, nodes.urls.length),
      idleCores,
      cores,
      cpuPerMessageUs: perMessage(cores),
      cpuPerMessageLessIdleUs: perMessage(cores - idleCores),
      ...latenciesOf(outcomes),
      accounts,
      pings: outcomes.reduce((total, { pings }) => total + pings, 0),
      codes: outcomes.map(({ codes }) => codes),
    };
  } finally {
    clearInterval(progress);
  }
}

/** Share of the pairs whose two sockets are on different nodes. */
const shareAcross = (members: readonly Member[], nodes: number): number =>
  members.filter(({ contacts }, own) => contacts[0]! % nodes !== own % nodes).length / members.length;

function memoryPerSocket(
  nodes: RunningNodes,
  crowd: Players,
  before: { readonly resident: readonly number[]; readonly available: number },
  sockets: number,
) {
  const perNode = sockets / nodes.pids.length;
  return {
    nodeBytes: nodes.pids.map((pid, index) => (residentBytes(pid) - before.resident[index]!) / perNode),
    clientBytes: crowd.pids.map(residentBytes).reduce((total, bytes) => total + bytes, 0) / sockets,
    machineBytes: (before.available - availableBytes()) / sockets,
  };
}

/** Waits for what is under way, then for the last pings. */
async function drained(crowd: Players): Promise<void> {
  const giveUp = performance.now() + DRAIN_MS;
  const isUnderWay = ({ received, sent }: Counts) => received < sent;
  while (isUnderWay(await countsOf(crowd)) && performance.now() < giveUp) await Bun.sleep(100);
  await Bun.sleep(LAST_PINGS_MS);
}

export function accountsOf(outcomes: readonly Outcome[]): Measured["accounts"] {
  const total = sumOf(outcomes.map(({ counts }) => counts));
  return { ...total, lost: total.sent - total.received };
}

export function latenciesOf(outcomes: readonly Outcome[]): Pick<Measured, "latency" | "sendLag"> {
  const of = (packed: string[]) => Latency.sum(packed).percentiles;
  const same = outcomes.map(({ sameNode }) => sameNode);
  const across = outcomes.map(({ acrossNodes }) => acrossNodes);
  return {
    latency: { all: of([...same, ...across]), sameNode: of(same), acrossNodes: of(across) },
    sendLag: of(outcomes.map(({ sendLag }) => sendLag)),
  };
}

function line(sockets: number, { open, sent, received, ended, refused }: Counts): string {
  const apart = [ended > 0 ? `, ${ended} ended` : "", refused > 0 ? `, ${refused} tried again` : ""].join("");
  return `${sockets} sockets: ${open} open, ${sent} sent, ${received} received${apart}`;
}
