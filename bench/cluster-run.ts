/** One measurement of a cluster: start the nodes, fill them with sockets, let those talk, account, stop. */

import { Connection, type Login } from "../src/cli/load/engine/connection.ts";
import { measureCpu } from "../src/cli/load/engine/cpu.ts";
import type { CrowdResult, CrowdState } from "../src/cli/load/engine/crowd.ts";
import { Crowds, NOTHING, sum } from "../src/cli/load/engine/crowds.ts";
import { Latency, type Percentiles } from "../src/cli/load/engine/latency.ts";
import { availableBytes, residentBytes } from "./metrics.ts";
import { type Contender, type RunningNodes, startNodes } from "./servers.ts";

/** Opened on each node and closed again first, so that what a process needs once is not counted as the sockets'. */
const WARM_UP_SOCKETS = 500;
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
  readonly server: Contender;
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
  readonly accounts: CrowdState & { readonly lost: number };
  readonly pings: number;
  /** Close codes of sockets that ended early. */
  readonly codes: readonly CrowdResult["codes"][];
}

export type ClusterRun = Measured & { readonly round: number };

/** @throws Error where a node does not start, or a socket cannot be opened */
export async function holdCluster(options: ClusterOptions): Promise<Measured> {
  const { logins, seconds, rate } = options;
  await using nodes = await startNodes(options.server, options.nodes);
  await warmUp(nodes, logins);
  const before = { resident: nodes.pids.map(residentBytes), available: availableBytes() };

  await using crowds = new Crowds({ ...options, urls: nodes.urls, processes: options.clients });
  const progress = setInterval(() => console.error(line(logins.length, crowds.state)), PROGRESS_MS);
  try {
    const connecting = performance.now();
    await crowds.connect();
    const connectSeconds = (performance.now() - connecting) / 1000;
    await Bun.sleep(SETTLE_MS);
    const memory = memoryPerSocket(nodes, crowds, before, logins.length);
    const idle = measureCpu(nodes.pids);
    await Bun.sleep(IDLE_MS);
    const idleCores = idle().servers ?? Number.NaN;

    await crowds.talk(rate, WARM_UP_SECONDS);
    const sentBefore = crowds.state.sent;
    const talking = measureCpu(nodes.pids);
    await crowds.talk(rate, seconds);
    const busy = talking();
    const messages = crowds.state.sent - sentBefore;
    await drained(crowds);
    const results = await crowds.finish();
    const cores = busy.servers ?? Number.NaN;
    const accounts = accountsOf(results);
    const perMessage = (used: number) => (used * busy.seconds * 1e6) / messages;
    return {
      sockets: logins.length,
      nodes: options.nodes,
      clients: options.clients,
      held: accounts.open,
      connectsPerSecond: logins.length / connectSeconds,
      ...memory,
      acrossNodes: crowds.acrossNodes,
      idleCores,
      cores,
      cpuPerMessageUs: perMessage(cores),
      cpuPerMessageLessIdleUs: perMessage(cores - idleCores),
      ...latenciesOf(results),
      accounts,
      pings: results.reduce((total, { pings }) => total + pings, 0),
      codes: results.map(({ codes }) => codes),
    };
  } finally {
    clearInterval(progress);
  }
}

async function warmUp(nodes: RunningNodes, logins: readonly Login[]): Promise<void> {
  for (const url of nodes.urls) {
    const opening = logins.slice(0, WARM_UP_SOCKETS).map((login) => Connection.open(new URL(url), login, {}));
    for (const connection of await Promise.all(opening)) connection.terminate();
  }
  await Bun.sleep(SETTLE_MS);
}

function memoryPerSocket(
  nodes: RunningNodes,
  crowds: Crowds,
  before: { readonly resident: readonly number[]; readonly available: number },
  sockets: number,
) {
  const perNode = sockets / nodes.pids.length;
  return {
    nodeBytes: nodes.pids.map((pid, index) => (residentBytes(pid) - before.resident[index]!) / perNode),
    clientBytes: crowds.pids.map(residentBytes).reduce((total, bytes) => total + bytes, 0) / sockets,
    machineBytes: (before.available - availableBytes()) / sockets,
  };
}

/** Waits for what is under way, then for the last pings. */
async function drained(crowds: Crowds): Promise<void> {
  const giveUp = performance.now() + DRAIN_MS;
  while (crowds.state.received < crowds.state.sent && performance.now() < giveUp) await Bun.sleep(100);
  await Bun.sleep(LAST_PINGS_MS);
}

function accountsOf(results: readonly CrowdResult[]): Measured["accounts"] {
  const total = results.reduce<CrowdState>(sum, NOTHING);
  return { ...total, lost: total.sent - total.received };
}

function latenciesOf(results: readonly CrowdResult[]): Pick<Measured, "latency" | "sendLag"> {
  const of = (packed: string[]) => Latency.sum(packed).percentiles;
  const same = results.map(({ sameNode }) => sameNode);
  const across = results.map(({ acrossNodes }) => acrossNodes);
  return {
    latency: { all: of([...same, ...across]), sameNode: of(same), acrossNodes: of(across) },
    sendLag: of(results.map(({ sendLag }) => sendLag)),
  };
}

function line(sockets: number, { open, sent, received, ended, retries }: CrowdState): string {
  const apart = [ended > 0 ? `, ${ended} ended` : "", retries > 0 ? `, ${retries} tried again` : ""].join("");
  return `${sockets} sockets: ${open} open, ${sent} sent, ${received} received${apart}`;
}
