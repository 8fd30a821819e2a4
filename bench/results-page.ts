/** RESULTS.md and its charts, from a run's JSON alone. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { barsOf } from "../src/cli/load/report/bars.ts";
import { mebibytes, ms, percent, whole } from "../src/cli/load/report/numbers.ts";
import type { Measured, Parts } from "./measured.ts";
import { chartsOf } from "./result-charts.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const CHARTS = "charts";

/**
 * Writes RESULTS.md and charts/*.svg.
 * @param folder where; the default is that of the bench
 * @returns the page's path
 */
export async function writeResults(measured: Measured, folder = HERE): Promise<string> {
  await mkdir(join(folder, CHARTS), { recursive: true });
  for (const [name, chart] of Object.entries(chartsOf(measured.parts))) {
    await writeFile(join(folder, CHARTS, `${name}.svg`), barsOf(chart));
  }
  const page = join(folder, "RESULTS.md");
  await writeFile(page, pageOf(measured));
  return page;
}

export function pageOf(measured: Measured): string {
  const { parts, machine, versions, date, commit, note } = measured;
  const charts = chartsOf(parts);
  const picture = (name: string) =>
    charts[name] === undefined ? [] : [`![${charts[name].title}](${CHARTS}/${name}.svg)`];
  const sections = [
    ["# Results", intro, ...(note === undefined ? [] : [`**Note:** ${note}`])],
    [
      "Where",
      table([
        ["", ""],
        ["CPU", machine.cpu],
        ["cores", String(machine.cores)],
        ["memory", mebibytes(machine.memoryBytes)],
        ["kernel", machine.kernel],
        ...Object.entries(versions),
        ["Polyge", commit],
        ["when", `${date.slice(0, 16).replace("T", " ")} UTC`],
      ]),
    ],
    ...(parts.relay
      ? [["The relay", relayText, ...picture("relay"), ...picture("relay-ratios"), relayTable(parts)]]
      : []),
    ...(parts.idle ? [["Idle sockets", idleText, ...picture("idle"), idleTable(parts)]] : []),
    ...(parts.connects ? [["Connects", connectsText, ...picture("connects"), connectsTable(parts)]] : []),
    ...(parts.logins ? [["Logins", loginsText, ...picture("logins"), loginsTable(parts)]] : []),
    ...(parts.offline ? [["Frames for sleepers", offlineText, ...picture("offline"), offlineTable(parts)]] : []),
    ["Ratios", ratiosText, ratiosTable(measured)],
  ];
  return `${sections
    .map(([title, ...rest]) => [title!.startsWith("#") ? title : `## ${title}`, ...rest].join("\n\n"))
    .join("\n\n")}\n`;
}

const intro = `Drawn by \`bun run bench\` from what it measured; \`bun run bench:draw\` draws it again. What each figure means and what it was
meant to be is in [docs/benchmarks.md](../docs/benchmarks.md). Absolute figures are this machine's; the ratios travel better.`;

const relayText = `100-byte frames in a closed loop, medians of the rounds, each server in turn in a fresh process. The bare relay reads the target
and publishes; it checks and keeps nothing.`;

const idleText = `Growth of the process's resident memory by the number of authenticated, silent sockets.`;

const connectsText = `Sockets opened as fast as the server takes them, each closed for the next. Where the server's CPU is far below 100 %, it waits
for the client: then its CPU for one connect says more than the rate.`;

const loginsText = `One core hashes, the others are the event loops'. Argon2 alone is the same library with the same parameters and as many hashes
at once. The latencies are those of 32 sockets that write 1,600 messages a second meanwhile.`;

const offlineText = `Accepted from sockets and on disk, against plain inserts of as many bytes in batches of 1,000 into the same database.`;

const ratiosText = `What \`bun run bench:compare\` compares.`;

const hundredths = (value: number) => value.toFixed(2);

function relayTable({ relay }: Parts): string {
  const yardsticks = [...new Set(relay!.summary.map(({ server }) => server))].slice(1);
  return table([
    ["sockets × in flight", "server", "messages/s", ...yardsticks.map((name) => `÷ ${name}`), "server CPU", "lost"],
    ...relay!.summary.map(({ shape, server, messagesPerSecond, ratioTo, serverCpu, lost }) => [
      shape,
      server,
      whole(messagesPerSecond),
      ...yardsticks.map((name) => (ratioTo[name] === undefined ? "" : hundredths(ratioTo[name]))),
      cpu(serverCpu),
      String(lost),
    ]),
  ]);
}

const cpu = (cores: number | null) => (cores === null || Number.isNaN(cores) ? "" : percent(cores));

const idleTable = ({ idle }: Parts) =>
  table([
    ["server", "sockets", "bytes each", "opened a second", "CPU while silent"],
    ...idle!.map(({ server, sockets, bytesPerSocket, opensPerSecond, idleCores }) => [
      server,
      whole(sockets),
      whole(bytesPerSocket),
      whole(opensPerSecond),
      `${(idleCores * 100).toFixed(1)} %`,
    ]),
  ]);

const connectsTable = ({ connects }: Parts) =>
  table([
    ["server", "connects/s", "CPU of one", "server CPU", "refused"],
    ...connects!.map(({ server, connectsPerSecond, cpuUsPerConnect, serverCpu, refused }) => [
      server,
      whole(connectsPerSecond),
      `${whole(cpuUsPerConnect)} µs`,
      cpu(serverCpu),
      whole(refused),
    ]),
  ]);

function loginsTable({ logins }: Parts): string {
  const { cores, hashesPerSecond, loginsPerSecond, ratio, peace, storm, stormLogins, stormSeconds } = logins!;
  return [
    table([
      ["hashes at once", "argon2 alone, hashes/s", "logins/s", "ratio"],
      [String(cores), hashesPerSecond.toFixed(1), loginsPerSecond.toFixed(1), hundredths(ratio)],
    ]),
    table([
      ["relay latency, ms", "p50", "p99", "p99.9", "max", "messages"],
      ...[
        { name: "in peace", ...peace },
        { name: `while ${stormLogins} log in at once (${stormSeconds.toFixed(1)} s)`, ...storm },
      ].map(({ name, p50, p99, p999, max, count }) => [name, ms(p50), ms(p99), ms(p999), ms(max), whole(count)]),
    ]),
  ].join("\n\n");
}

function offlineTable({ offline }: Parts): string {
  const { database, rowsPerSecond, framesPerSecond, frames, growthBytes, wakeMs, wokenFrames, missing } = offline!;
  return table([
    ["", ""],
    ["database", database],
    ["plain inserts, rows/s", whole(rowsPerSecond)],
    ["frames stored/s", whole(framesPerSecond)],
    ["ratio", hundredths(framesPerSecond / rowsPerSecond)],
    ["frames in all, of which missing in the database", `${whole(frames)}, ${whole(missing)}`],
    ["growth of the server's memory, at most", mebibytes(growthBytes)],
    [`a mailbox of ${whole(wokenFrames)} reaches its user in`, `${whole(wakeMs)} ms`],
  ]);
}

const ratiosTable = ({ ratios }: Measured) =>
  table([
    ["ratio", "value", "better is"],
    ...ratios.map(({ name, value, better }) => [name, value.toFixed(3), better]),
  ]);

/** Rows of cells, the heading first. */
function table(rows: readonly (readonly string[])[]): string {
  const [heading, ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = `|${heading!.map((_, column) => (column === 0 ? "---" : "---:")).join("|")}|`;
  return [line(heading!), rule, ...body.map(line)].join("\n");
}
