/**
 * Whether a run of the bench is worse than an earlier one: `bun run bench:compare OLD.json NEW.json [--tolerance 0.15]`.
 * Only ratios are compared, since a machine's absolute rates move from run to run. Exit codes: 0 none fell past the
 * tolerance, 1 some did, 2 wrong arguments or files.
 */
import { askedOf, WrongArguments } from "../src/cli/command/command.ts";
import { FileError, type Ratio, readRatios } from "./measured.ts";
import { aligned } from "./report.ts";

const FELL = 1;
const NOT_COMPARED = 2;

/** @returns by how much it is worse: 0.1 is a tenth; below 0 it is better */
const fallOf = (old: Ratio, now: Ratio): number =>
  1 - (old.better === "higher" ? now.value / old.value : old.value / now.value);

const HELP = `Whether a run of the bench is worse than an earlier one.

  bun run bench:compare OLD.json NEW.json [--tolerance T]

  --tolerance T   by how much a ratio may fall, from 0 up to 1; default: 0.15
  --help          this

Exit codes: 0 none fell by more, 1 some did, 2 wrong arguments or files.
`;

const OPTIONS = { tolerance: { type: "string", default: "0.15" } } as const;
const CONFIG = { options: OPTIONS, allowPositionals: true } as const;
const asked = askedOf("bench:compare", HELP, CONFIG, ({ values, positionals }) => {
  const tolerance = values.tolerance.trim() === "" ? Number.NaN : Number(values.tolerance);
  if (!(tolerance >= 0 && tolerance < 1))
    throw new WrongArguments("--tolerance takes a number from 0 up to 1, such as 0.15");
  const [oldFile, newFile, more] = positionals;
  if (oldFile === undefined || newFile === undefined || more !== undefined) {
    throw new WrongArguments("two files are compared: bun run bench:compare OLD.json NEW.json");
  }
  return { tolerance, oldFile, newFile };
});

/** @throws FileError */
async function main({ tolerance, oldFile, newFile }: typeof asked): Promise<number> {
  const [old, now] = await Promise.all([readRatios(oldFile), readRatios(newFile)]);
  const pairs = old.flatMap((before) => {
    const after = now.find(({ name }) => name === before.name);
    return after === undefined ? [] : [{ before, after, fall: fallOf(before, after) }];
  });
  if (pairs.length === 0) throw new FileError(`${oldFile} and ${newFile} have no ratio in common`);
  const rows = pairs.map(({ before, after, fall }) => [
    before.name,
    before.value.toFixed(3),
    after.value.toFixed(3),
    `${fall > 0 ? "-" : "+"}${Math.abs(fall * 100).toFixed(1)} %`,
    fall > tolerance ? "FELL" : "",
  ]);
  console.log(aligned([["ratio", "old", "new", "better by", ""], ...rows], 1));
  for (const [file, name] of missing(old, now)) console.log(`only in ${file === "old" ? oldFile : newFile}: ${name}`);
  const fallen = pairs.filter(({ fall }) => fall > tolerance);
  const limit = `${(tolerance * 100).toFixed(0)} %`;
  if (fallen.length === 0) {
    console.log(`none of ${pairs.length} ratios fell by more than ${limit}`);
    return 0;
  }
  console.log(`${fallen.length} of ${pairs.length} ratios fell by more than ${limit}:`);
  for (const { before } of fallen) console.log(`  ${before.name}`);
  return FELL;
}

/** What only one of the two has. */
function missing(old: readonly Ratio[], now: readonly Ratio[]): ["old" | "new", string][] {
  const names = (ratios: readonly Ratio[]) => new Set(ratios.map(({ name }) => name));
  const [inOld, inNew] = [names(old), names(now)];
  return [
    ...[...inOld.difference(inNew)].map((name): ["old", string] => ["old", name]),
    ...[...inNew.difference(inOld)].map((name): ["new", string] => ["new", name]),
  ];
}

try {
  process.exit(await main(asked));
} catch (error) {
  console.error(`bench:compare: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  process.exit(NOT_COMPARED);
}
