/**
 * Draws the results of a run again, without measuring: `bun run bench:draw [FILE.json] [--to FOLDER]`. Writes RESULTS.md
 * and the charts that it shows.
 */
import { askedOf, WrongArguments } from "../src/cli/command/command.ts";
import { LATEST, readMeasured } from "./measured.ts";
import { writeResults } from "./results-page.ts";

const HELP = `Draws the results of a run again, without measuring.

  bun run bench:draw [FILE.json] [--to DIR]

  FILE.json    default: bench/results/latest.json
  --to DIR     where RESULTS.md and its charts go; default: bench
  --help       this
`;

const CONFIG = { options: { to: { type: "string" } }, allowPositionals: true } as const;
const { file, to } = askedOf("bench:draw", HELP, CONFIG, ({ values, positionals }) => {
  if (positionals.length > 1) throw new WrongArguments("one file at a time");
  return { file: positionals[0] ?? LATEST, to: values.to };
});

try {
  console.log(`drawn: ${await writeResults(await readMeasured(file), to)}`);
} catch (error) {
  console.error(`bench:draw: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  process.exit(2);
}
