/**
 * Draws the results of a run again, without measuring: `bun run bench:draw [FILE.json] [--to FOLDER]`. Writes RESULTS.md
 * and the charts that it shows.
 */
import { parseArgs } from "node:util";
import { LATEST, readMeasured } from "./measured.ts";
import { writeResults } from "./results-page.ts";

try {
  const { values, positionals } = parseArgs({ options: { to: { type: "string" } }, allowPositionals: true });
  if (positionals.length > 1) throw new Error("one file at a time");
  console.log(`drawn: ${await writeResults(await readMeasured(positionals[0] ?? LATEST), values.to)}`);
} catch (error) {
  console.error(`bench:draw: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  process.exit(2);
}
