/**
 * Whether a load test says the same twice: `bun run load:twice [pairs|fan-in|connect] [options of bun run load]`. Each of two
 * runs gives the load to Polyge and to the bare relay by turns, and takes the ratios. Exit codes: 0 all ratios agree within
 * the tolerance, 1 not so, 2 wrong arguments.
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import { ArgumentError, type Arguments, readArguments } from "../src/cli/load/arguments.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { COMPARABLE, type Comparable, ratiosOfLoad } from "./load-ratios.ts";
import { FORMAT, type Ratio } from "./measured.ts";
import { aligned } from "./report.ts";
import { bareBun } from "./servers.ts";
import { surroundings } from "./surroundings.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
const RUNS = 2;
const APART = 1;
const NOT_RUN = 2;
/** What is ours among the words; the others are the load tester's. */
const SLICE_SECONDS = 1;
const OWN_OPTIONS = { slices: "15", tolerance: "0.1", database: "" };

const HELP = `Whether a load test says the same twice, of Polyge beside the bare relay.

  bun run load:twice [${COMPARABLE.join("|")}] [options]

  --slices N        by turns in each run; default: ${OWN_OPTIONS.slices}
  --tolerance T     by how much a ratio may differ, between 0 and 1; default: ${OWN_OPTIONS.tolerance}
  --database URL    postgres://… for Polyge; default: an embedded one in a temporary folder
  --help            this

All other options are those of bun run load, but for --url. Exit codes: 0 the ratios agree, 1 not so, 2 wrong arguments.
`;

/** @returns the values of our own options, and the words without them */
function takeOwn(words: readonly string[]) {
  const own: Record<string, string> = { ...OWN_OPTIONS };
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const name = words[at]!.replace(/^--/, "");
    if (!words[at]!.startsWith("--") || !(name in OWN_OPTIONS)) rest.push(words[at]!);
    else own[name] = words[++at] ?? "";
  }
  const [slices, tolerance] = [Number(own["slices"]), Number(own["tolerance"] || Number.NaN)];
  if (!(Number.isInteger(slices) && slices >= 1)) throw new ArgumentError("--slices takes a whole number from 1");
  if (!(tolerance > 0 && tolerance < 1)) throw new ArgumentError("--tolerance takes a number between 0 and 1");
  return { slices, tolerance, database: own["database"] || undefined, rest };
}

/** @returns undefined where help is asked for. @throws ArgumentError */
function askedOf(words: readonly string[]): (Arguments & { readonly scenario: Comparable }) | undefined {
  const asked = readArguments(words);
  if (asked === undefined) return undefined;
  if (asked.urls.length > 0) throw new ArgumentError("--url: it starts the servers that it compares");
  const scenario = COMPARABLE.find((name) => name === asked.scenario);
  if (scenario !== undefined) return { ...asked, scenario };
  throw new ArgumentError(`${asked.scenario} has no yardstick: there are ${COMPARABLE.join(", ")}`);
}

async function main(words: readonly string[]): Promise<number> {
  const { slices, tolerance, database, rest } = takeOwn(words);
  const asked = askedOf(rest);
  if (asked === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const { scenario, settings } = asked;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(NOT_RUN));
  const folder = await mkdtemp(join(tmpdir(), "polyge-twice-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const logins = await makeAccounts({ url: database, directory: folder }, settings.sockets);
  const own = polyge(database ? { DATABASE_URL: database } : { DATA_DIR: folder });

  await mkdir(RESULTS, { recursive: true });
  const runs: Ratio[][] = [];
  for (let nth = 1; nth <= RUNS; nth++) {
    console.error(`run ${nth} of ${RUNS}`);
    const comparison = { own, bare: bareBun, logins, slices, sliceSeconds: SLICE_SECONDS };
    const ratios = await ratiosOfLoad(scenario, settings, comparison);
    runs.push(ratios);
    const measured = { format: FORMAT, ...(await surroundings()), settings: { scenario, ...settings, slices } };
    const file = join(RESULTS, `load-${nth}.json`);
    await writeFile(file, `${JSON.stringify({ ...measured, parts: {}, ratios }, null, 2)}\n`);
  }
  return verdict(runs, tolerance);
}

/** By how much two ratios are apart: 0.1 is a tenth. */
const distance = (one: Ratio, other: Ratio): number =>
  Math.max(one.value, other.value) / Math.min(one.value, other.value) - 1;

function verdict([one = [], other = []]: readonly (readonly Ratio[])[], tolerance: number): number {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const pairs = one.flatMap((ratio) => {
    const same = other.find(({ name }) => name === ratio.name);
    return same === undefined ? [] : [{ ratio, same, apart: distance(ratio, same) }];
  });
  const rows = pairs.map(({ ratio, same, apart }) => [
    ratio.name,
    ratio.value.toFixed(3),
    same.value.toFixed(3),
    percent(apart),
  ]);
  console.log(aligned([["ratio", "first", "second", "apart"], ...rows], 1));
  const agree = pairs.length > 0 && pairs.every(({ apart }) => apart <= tolerance);
  console.log(`the two runs ${agree ? "agree" : "do not agree"} within ${percent(tolerance)}`);
  return agree ? 0 : APART;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`load:twice: ${error instanceof Error ? error.message : error}`);
  process.exit(NOT_RUN);
}
