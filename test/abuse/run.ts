/**
 * `bun run test:abuse`: each attack beside honest clients, on a server and a database of its own, or those whose names hold one
 * of the arguments; `--small` for a second of each. Exit code 1 where an honest client lost anything or was cut off.
 */
import { askedOf } from "../../src/cli/command/command.ts";
import { dropDatabases, NO_POSTGRES } from "../support/databases.ts";
import { withoutPrograms } from "../support/needs.ts";
import { Arena, type Size } from "./arena.ts";
import { ATTACKS } from "./attacks/all.ts";
import { HEAD, lineOf } from "./report.ts";

const FULL: Size = { seconds: 8, share: 1, restSeconds: 2 };
const SMALL: Size = { seconds: 1, share: 0.2, restSeconds: 0 };

const HELP = "bun run test:abuse [--small] [WORD…]: each attack, or those whose names hold a word\n";
const CONFIG = { options: { small: { type: "boolean", default: false } }, allowPositionals: true } as const;
const { words, size } = askedOf("test:abuse", HELP, CONFIG, ({ values, positionals }) => ({
  words: positionals,
  size: values.small ? SMALL : FULL,
}));
if (NO_POSTGRES !== undefined) {
  console.error(NO_POSTGRES);
  process.exit(1);
}

let harmed = 0;
console.log(HEAD);
for (const attack of ATTACKS) {
  if (words.length > 0 && !words.some((word) => attack.name.includes(word))) continue;
  const obstacle = attack.files === undefined ? undefined : withoutPrograms("prlimit");
  if (obstacle !== undefined) {
    console.log(`skipped: ${attack.name}: ${obstacle}`);
    continue;
  }
  await using arena = await Arena.open(attack.environment, attack.files);
  const row = await arena.suffer(attack, size);
  console.log(lineOf(row));
  if (row.honest.lost + row.honest.dropped > 0) {
    harmed++;
    console.log(arena.lines.slice(-5).join("\n"));
  }
}
await dropDatabases();
console.log(harmed === 0 ? "honest clients: nothing lost, nobody cut off" : `${harmed} attacks harmed honest clients`);
process.exit(harmed === 0 ? 0 : 1);
