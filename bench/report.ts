/** From raw rounds to medians, ratios and a table. */
import type { ClosedLoopResult } from "../src/cli/load/engine/closed-loop.ts";

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
      const ratioTo: Record<string, number> = {};
      for (const [other, theirs] of byServer) {
        if (other === server) continue;
        const ratios = own.flatMap(({ round, result }) => {
          const peer = theirs.find((candidate) => candidate.round === round);
          return peer === undefined ? [] : [result.messagesPerSecond / peer.result.messagesPerSecond];
        });
        ratioTo[other] = median(ratios);
      }
      summaries.push({
        shape,
        server,
        messagesPerSecond: middle((result) => result.messagesPerSecond),
        ratioTo,
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

/** A table for people; `peers` names the servers that the ratio columns compare with. */
export function table(summaries: readonly Summary[], peers: readonly string[]): string {
  const percent = (cores: number) => (Number.isNaN(cores) ? "" : `${Math.round(cores * 100)} %`);
  const ratio = (value: number | undefined) => (value === undefined ? "" : value.toFixed(2));
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
