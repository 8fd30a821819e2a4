/** Which charts a run gives, by the names of their files. */
import type { BarChart, BarSeries } from "../src/cli/load/report/bars.ts";
import type { Parts } from "./measured.ts";
import type { RelayResult } from "./parts/relay.ts";

const COLOURS = ["c1", "c2", "c3", "c4"];

export function chartsOf({ relay, idle, connects, logins, offline }: Parts): Record<string, BarChart> {
  const charts: Record<string, BarChart> = {};
  if (relay !== undefined) {
    charts["relay"] = throughput(relay);
    charts["relay-ratios"] = throughputRatios(relay);
  }
  if (idle !== undefined) {
    charts["idle"] = oneEach(idle, "Memory of an idle socket", "bytes", ({ bytesPerSocket }) => bytesPerSocket);
  }
  if (connects !== undefined) {
    charts["connects"] = oneEach(connects, "Connects", "a second", ({ connectsPerSecond }) => connectsPerSecond);
  }
  if (logins !== undefined) {
    charts["logins"] = versus("Logins", "a second", [
      ["Polyge", logins.loginsPerSecond],
      ["argon2 alone", logins.hashesPerSecond],
    ]);
  }
  if (offline !== undefined) {
    charts["offline"] = versus("Frames for sleepers, on disk", "a second", [
      ["Polyge", offline.framesPerSecond],
      [`${offline.database}, plain inserts`, offline.rowsPerSecond],
    ]);
  }
  return charts;
}

const shapesOf = ({ summary }: RelayResult) => [...new Set(summary.map(({ shape }) => shape))];
const serversOf = ({ summary }: RelayResult) => [...new Set(summary.map(({ server }) => server))];

/** A group for each shape, a bar for each server. */
function throughput(relay: RelayResult): BarChart {
  const shapes = shapesOf(relay);
  const rate = (name: string, of: string) =>
    relay.summary.find(({ server, shape }) => server === name && shape === of)?.messagesPerSecond;
  return {
    title: "Relay throughput",
    unit: "messages a second",
    groups: shapes.map((shape) => `${shape} in flight`),
    series: serversOf(relay).map((name, index) => {
      const values = shapes.map((shape) => rate(name, shape));
      return series(name, index, values);
    }),
  };
}

/** The first server by each of the others. */
function throughputRatios(relay: RelayResult): BarChart {
  const shapes = shapesOf(relay);
  const [own, ...others] = serversOf(relay);
  const ratio = (other: string, of: string) =>
    relay.summary.find(({ server, shape }) => server === own && shape === of)?.ratioTo[other];
  return {
    title: `Relay: ${own} by its yardsticks`,
    unit: "times their throughput",
    groups: shapes.map((shape) => `${shape} in flight`),
    series: others.map((other, index) => {
      const values = shapes.map((shape) => ratio(other, shape));
      // The colour that the yardstick has in the other chart.
      return series(`÷ ${other}`, index + 1, values);
    }),
  };
}

/** A bar for each server. */
const oneEach = <T extends { readonly server: string }>(
  results: readonly T[],
  title: string,
  unit: string,
  read: (result: T) => number,
) =>
  versus(
    title,
    unit,
    results.map((result) => [result.server, Math.max(0, read(result))]),
  );

const versus = (title: string, unit: string, bars: readonly (readonly [string, number])[]): BarChart => ({
  title,
  unit,
  groups: bars.map(([name]) => name),
  series: [
    series(
      "",
      0,
      bars.map(([, value]) => value),
    ),
  ],
});

const series = (name: string, index: number, values: BarSeries["values"]): BarSeries => ({
  name,
  colour: COLOURS[index % COLOURS.length]!,
  values,
});
