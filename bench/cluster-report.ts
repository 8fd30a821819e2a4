/** The tables of a cluster's measurements, for people. */
import type { ClusterRun } from "./cluster-run.ts";
import { aligned, median } from "./report.ts";

/** How much more CPU a message may cost than with the first number of sockets. */
const MOST_CPU_RATIO = 1.5;

/** Whether every socket was held and every message came once, whole and in order. */
export function isSound({ sockets, held, accounts }: ClusterRun): boolean {
  const { lost, repeated, outOfOrder, corrupt, stray } = accounts;
  return held === sockets && lost + repeated + outOfOrder + corrupt + stray === 0;
}

/** One line a run in each table: what it cost, and what became of the messages. */
export function clusterTables(runs: readonly ClusterRun[]): string {
  return [aligned(costs(runs), 0), aligned(fates(runs), 0), verdict(runs)].join("\n\n");
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const ms = (value: number) => value.toFixed(1);

function costs(runs: readonly ClusterRun[]): string[][] {
  const heading = ["sockets", "nodes", "held", "connects/s", "bytes/socket", "p50 ms", "p99 ms", "p99.9 ms"];
  return [
    [...heading, "send lag p99", "CPU µs/msg", "less idle", "÷ first", "idle cores"],
    ...runs.map((run) => [
      whole(run.sockets),
      String(run.nodes),
      whole(run.held),
      whole(run.connectsPerSecond),
      whole(median(run.nodeBytes)),
      ms(run.latency.all.p50),
      ms(run.latency.all.p99),
      ms(run.latency.all.p999),
      ms(run.sendLag.p99),
      ms(run.cpuPerMessageUs),
      ms(run.cpuPerMessageLessIdleUs),
      cpuRatio(run, runs).toFixed(2),
      run.idleCores.toFixed(2),
    ]),
  ];
}

function fates(runs: readonly ClusterRun[]): string[][] {
  return [
    ["sockets", "sent", "received", "across nodes", "repeated", "out of order", "corrupt", "stray", "lost"],
    ...runs.map(({ sockets, acrossNodes, accounts }) => [
      whole(sockets),
      whole(accounts.sent),
      whole(accounts.received),
      `${Math.round(acrossNodes * 100)} %`,
      ...[accounts.repeated, accounts.outOfOrder, accounts.corrupt, accounts.stray, accounts.lost].map(String),
    ]),
  ];
}

/** A run's CPU per message to that of the first number of sockets, within its round. */
function cpuRatio(run: ClusterRun, runs: readonly ClusterRun[]): number {
  const first = runs.find(({ round, sockets }) => round === run.round && sockets === runs[0]!.sockets)!;
  return run.cpuPerMessageUs / first.cpuPerMessageUs;
}

function verdict(runs: readonly ClusterRun[]): string {
  const bySize = Map.groupBy(runs, ({ sockets }) => sockets);
  const ratios = [...bySize].slice(1).map(([sockets, own]) => {
    const ratio = median(own.map((run) => cpuRatio(run, runs)));
    const word = ratio <= MOST_CPU_RATIO ? "within" : "over";
    return `CPU per message at ${whole(sockets)} sockets: ${ratio.toFixed(2)} × the first, ${word} ${MOST_CPU_RATIO} ×`;
  });
  const unsound = runs.filter((run) => !isSound(run)).length;
  const sound =
    unsound === 0 ? "every socket held, every message once, whole and in order" : `${unsound} runs are not sound`;
  return [...ratios, sound].join("\n");
}
