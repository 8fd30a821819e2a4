/** From raw rounds to medians and ratios; what a run found, as text. */
import type { ClosedLoopResult } from "../src/cli/load/engine/closed-loop.ts";

import type { Measured } from "./measured.ts";

export interface Round {
  readonly shape: string;
  readonly round: number;
  readonly server: string;
  readonly result: ClosedLoopResult;
}

export interface Summary {
  readonly shape: string;
  readonly server: string;
  readonly messagesPerSecond: number;
  /** To each other server: the median of the ratios within a round, which drift of the machine does not touch. */
  readonly ratioTo: Readonly<Record<string, number>>;
  /** The same of messages a second of server CPU: others' load on the machine touches it less. */
  readonly cpuRatioTo: Readonly<Record<string, number>>;
  readonly serverCpu: number;
  readonly clientCpu: number;
  readonly framesPerChunk: number;
  /** Frames that did not arrive, and sockets that ended early, in all rounds. */
  readonly lost: number;
  readonly closed: number;
}

/** NaN of no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function summarise(rounds: readonly Round[]): Summary[] {
  const summaries: Summary[] = [];
  for (const [shape, ofShape] of Map.groupBy(rounds, (round) => round.shape)) {
    const byServer = Map.groupBy(ofShape, (round) => round.server);
    for (const [server, own] of byServer) {
      const middle = (value: (result: ClosedLoopResult) => number) => median(own.map(({ result }) => value(result)));
      summaries.push({
        shape,
        server,
        messagesPerSecond: middle((result) => result.messagesPerSecond),
        ratioTo: ratios(server, byServer, ({ messagesPerSecond }) => messagesPerSecond),
        cpuRatioTo: ratios(server, byServer, ({ messagesPerSecond, serverCpu }) => messagesPerSecond / serverCpu!),
        serverCpu: middle((result) => result.serverCpu ?? Number.NaN),
        clientCpu: middle((result) => result.clientCpu),
        framesPerChunk: middle((result) => result.framesPerChunk),
        lost: own.reduce((sum, { result }) => sum + result.sent - result.received, 0),
        closed: own.reduce((sum, { result }) => sum + result.closed.length, 0),
      });
    }
  }
  return summaries;
}

/** A server's figure by each other's of the same round, the median of the rounds. */
function ratios(
  server: string,
  byServer: ReadonlyMap<string, readonly Round[]>,
  figure: (result: ClosedLoopResult) => number,
): Record<string, number> {
  const ratioTo: Record<string, number> = {};
  for (const [other, theirs] of byServer) {
    if (other === server) continue;
    const inRounds = byServer.get(server)!.flatMap(({ round, result }) => {
      const peer = theirs.find((candidate) => candidate.round === round);
      return peer === undefined ? [] : [figure(result) / figure(peer.result)];
    });
    ratioTo[other] = median(inRounds);
  }
  return ratioTo;
}

/** What a run found, for the terminal: the relay's table and every ratio. */
export function textOf({ parts, ratios }: Measured): string {
  const rows = ratios.map(({ name, value, better }) => [name, value.toFixed(3), `${better} is better`]);
  return [...(parts.relay ? [relayTable(parts.relay.summary)] : []), aligned([["ratio", "", ""], ...rows], 1)].join(
    "\n\n",
  );
}

function relayTable(summaries: readonly Summary[]): string {
  const percent = (cores: number) => (Number.isNaN(cores) ? "" : `${Math.round(cores * 100)} %`);
  const ratio = (value: number | undefined) => (value === undefined ? "" : value.toFixed(2));
  const names = [...new Set(summaries.map(({ server }) => server))];
  const peers = names.slice(names.length > 1 ? 1 : 0);
  const rows = [
    [
      "sockets × in flight",
      "server",
      "msg/s",
      ...peers.map((peer) => `÷ ${peer}`),
      "msg/CPU s",
      "server CPU",
      "client CPU",
      "frames/read",
      "lost",
    ],
    ...summaries.map((line) => [
      line.shape,
      line.server,
      Math.round(line.messagesPerSecond).toLocaleString("en"),
      ...peers.map((peer) => ratio(line.ratioTo[peer])),
      Math.round(line.messagesPerSecond / line.serverCpu).toLocaleString("en"),
      percent(line.serverCpu),
      percent(line.clientCpu),
      Number.isNaN(line.framesPerChunk) ? "" : line.framesPerChunk.toFixed(1),
      String(line.lost) + (line.closed > 0 ? ` (${line.closed} sockets ended early)` : ""),
    ]),
  ];
  return aligned(rows, 2);
}

/** Rows of cells, the heading first, as lines of even columns; the first `words` columns are flush left. */
export function aligned(rows: readonly (readonly string[])[], words: number): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column < words ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))),
    )
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}
