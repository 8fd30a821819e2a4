/** The report as one page that needs nothing else: no script, style or picture from elsewhere. */
import { isSound, type Result } from "../result.ts";
import type { Incident, Moment } from "../timeline.ts";
import { type Axis, type Chart, figureOf, hasValues } from "./charts.ts";
import { mebibytes, ms, percent, whole } from "./numbers.ts";
import { SCRIPT, STYLE } from "./page-style.ts";
import { escaped } from "./scales.ts";
import { type Table, tablesOf, verdictOf } from "./tables.ts";

export function htmlOf(result: Result): string {
  const { scenario, settings, target, machine, findings } = result;
  const where = target.own ? "a server of its own, embedded database" : target.urls.join(", ");
  const pace = settings.rate === undefined ? "" : ` · ${whole(settings.rate)} messages/s`;
  const about = `${where} · ${whole(settings.sockets)} sockets${pace} · ${settings.bytes} bytes of data · ${result.date.slice(0, 16).replace("T", " ")} UTC`;
  const on = `${machine.cores} cores, ${machine.cpu}, ${mebibytes(machine.memoryBytes)} · Linux ${machine.kernel} · Bun ${machine.bun}`;
  const served = target.version === undefined ? "" : ` · Polyge ${target.version}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load: ${scenario}</title><style>${STYLE}</style></head><body><main>
<h1>Load test: ${scenario}</h1><p class="about">${escaped(about)}</p>
<p class="note ${isSound(result) ? "good" : "bad"}">${escaped(verdictOf(result))}</p>
${findings.map((finding) => `<p class="note warn">${escaped(finding)}</p>`).join("\n")}
<div class="tiles">${tilesOf(result)
    .map(
      ([name, value, isBad]) =>
        `<div class="tile${isBad ? " fault" : ""}"><b>${escaped(value)}</b><span>${escaped(name)}</span></div>`,
    )
    .join("")}</div>
<div class="charts">${chartsOf(result)
    .map((chart) => figureOf(chart, axisOf(result)))
    .join("\n")}</div>
<div class="tables">${tablesOf(result).toSorted(wideFirst).map(sectionOf).join("\n")}</div>
<footer>${escaped(`Load tester on ${on}${served}`)}</footer>
</main><div id="tip"></div><script>${SCRIPT}</script></body></html>
`;
}

function tilesOf({
  scenario,
  rates,
  latency,
  peakSockets,
  accounts,
  connect,
  bytesPerSocket,
}: Result): [string, string, boolean?][] {
  const tiles: [string, string, boolean?][] = [["sockets at most", whole(peakSockets)]];
  if (accounts.sent > 0) {
    tiles.push(["messages received a second", whole(rates.receivedPerSecond)]);
    if (latency.count > 0)
      tiles.push(["latency, median", `${ms(latency.p50)} ms`], ["latency, p99", `${ms(latency.p99)} ms`]);
    tiles.push(["messages lost", whole(accounts.lost), accounts.lost > 0]);
  } else {
    tiles.push(["connects a second", whole(rates.connectsPerSecond)], ["connect, p99", `${ms(connect.p99)} ms`]);
    if (bytesPerSocket !== undefined && scenario === "idle")
      tiles.push(["server memory a socket", `${whole(bytesPerSocket)} B`]);
  }
  if (rates.serverCores !== undefined) tiles.push(["server CPU", percent(rates.serverCores)]);
  return tiles;
}

function axisOf({ moments, incidents }: Result): Axis {
  const phases: Incident[] = [];
  for (const { second, span, phase } of moments) {
    if (phases.at(-1)?.text !== phase) phases.push({ second: Math.max(0, second - span), text: phase });
  }
  return { seconds: moments.map(({ second }) => second), phases, incidents };
}

function chartsOf({ moments }: Result): Chart[] {
  const line = (name: string, colour: string, read: (moment: Moment) => number | undefined) => ({
    name,
    colour,
    values: moments.map(read),
  });
  const charts: Chart[] = [
    {
      title: "Latency of messages",
      unit: "ms, logarithmic; by the second of arrival",
      logarithmic: true,
      wide: true,
      series: [
        line("p50", "c1", ({ latency }) => positive(latency.p50)),
        line("p99", "c2", ({ latency }) => positive(latency.p99)),
        line("p99.9", "c4", ({ latency }) => positive(latency.p999)),
      ],
    },
    {
      title: "Throughput",
      unit: "messages a second",
      series: [
        line("sent", "c1 under", (moment) => moment.sentPerSecond),
        line("received", "c3", (moment) => moment.receivedPerSecond),
      ],
    },
    { title: "Sockets", unit: "open", series: [line("open", "c1", ({ open }) => open)] },
    {
      title: "Connects",
      unit: "a second",
      series: [
        line("connects", "c1", (moment) => moment.connectsPerSecond),
        line("failed", "c2", ({ refused, span }) => refused / span),
      ],
    },
    {
      title: "CPU",
      unit: "% of a core",
      series: [
        line("server", "c1", ({ server }) => server && server.cores * 100),
        line("load tester", "c2", ({ clientCores }) => clientCores * 100),
      ],
    },
    {
      title: "Server memory",
      unit: "MiB resident",
      series: [line("resident", "c1", ({ server }) => server && server.residentBytes / 2 ** 20)],
    },
    {
      title: "Event-loop lag",
      unit: "ms, 99th percentile",
      series: [
        line("server", "c1", ({ server }) => server?.lagMs),
        line("load tester", "c2", ({ clientLagMs }) => clientLagMs),
      ],
    },
  ];
  return charts.filter(hasValues);
}

/** A logarithm takes no zero, and a moment without messages has no latency. */
const positive = (value: number) => (value > 0 ? value : undefined);

const wideFirst = (one: Table, other: Table) => Number(other.heading !== undefined) - Number(one.heading !== undefined);

function sectionOf({ title, heading, rows }: Table): string {
  const head = heading ? `<tr>${heading.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr>` : "";
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`).join("");
  return `<section${heading ? ' class="wide"' : ""}><h2>${escaped(title)}</h2><table${heading ? "" : ' class="words"'}>${head}${body}</table></section>`;
}
