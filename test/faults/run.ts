/**
 * `bun run test:faults`: every scenario at full size, or those whose names hold one of the arguments; `--small` for the
 * size of `bun run test`. Ends with all rows as a table, and with exit code 1 where anything was lost or wrong.
 */
import { askedOf } from "../../src/cli/command/command.ts";
import { dropDatabases } from "../support/databases.ts";
import type { Row } from "./harness/ledger.ts";
import { HEADINGS, lineOf, tableOf } from "./harness/report.ts";
import { obstacleOf, runScenario, type Size } from "./harness/scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const HELP = "bun run test:faults [--small] [WORD…]: every scenario, or those whose names hold a word\n";
const CONFIG = { options: { small: { type: "boolean", default: false } }, allowPositionals: true } as const;
const { words, size } = askedOf("test:faults", HELP, CONFIG, ({ values, positionals }) => ({
  words: positionals,
  size: values.small ? ("small" as Size) : "full",
}));
const wanted = (name: string) => words.length === 0 || words.some((word) => name.includes(word));

const rows: Row[] = [];
const skipped: string[] = [];

console.log(HEADINGS.join(" | "));
for (const scenario of SCENARIOS) {
  for (const kind of scenario.databases) {
    if (!wanted(`${scenario.name} [${kind}]`)) continue;
    const obstacle = obstacleOf(scenario, kind);
    if (obstacle !== undefined) {
      skipped.push(`${scenario.name} [${kind}]: ${obstacle}`);
      continue;
    }
    const row = await runScenario(scenario, kind, size);
    rows.push(row);
    console.log(lineOf(row));
  }
}
await dropDatabases();

console.log(`\n${tableOf(rows)}`);
for (const each of skipped) console.log(`skipped: ${each}`);
const failed =
  rows.some(({ lost, wrong }) => lost > 0 || wrong.length > 0) || (skipped.length > 0 && process.env["CI"]);
process.exit(failed ? 1 : 0);
