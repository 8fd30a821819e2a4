/** `bun run accounts`: accounts in bulk for load tests, written to a file that `bun run load --accounts` reads. */
import { chmod, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { StartError } from "../../store/failures.ts";
import { makeAccounts } from "./make.ts";

const FAILED = 1;
const BAD_ARGUMENT = 2;
const MOST = 10_000_000;

const HELP = `Makes accounts with live tokens straight in the database, for load tests.

  bun run accounts --count N --out FILE [--database URL | --data-dir DIR] [--days D]

  --count N         how many, 1 to ${MOST.toLocaleString("en")}
  --out FILE        where to write them, one line each: uid, a tab, token; only you may read it
  --database URL    postgres://…; default: DATABASE_URL, else the embedded database
  --data-dir DIR    the embedded database's folder; default: DATA_DIR, else ./data. No server may have it open
  --days D          how long the tokens live, 1 to 365; default: 7
  --help            this

Nobody can log in to these accounts: they have no password. Then: bun run load --url ws://HOST:PORT --accounts FILE
`;

function leave(code: number, line: string): never {
  process.stderr.write(`accounts: ${line}\n`);
  process.exit(code);
}

function readArguments(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        count: { type: "string" },
        out: { type: "string" },
        database: { type: "string" },
        "data-dir": { type: "string" },
        days: { type: "string", default: "7" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    leave(BAD_ARGUMENT, `${(error as Error).message.split("\n")[0]}; see --help`);
  }
}

function whole(name: string, text: string | undefined, most: number): number {
  const value = Number(text);
  if (text === undefined) leave(BAD_ARGUMENT, `--${name} is missing; see --help`);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    leave(
      BAD_ARGUMENT,
      `--${name} takes a whole number from 1 to ${most.toLocaleString("en")}, not ${JSON.stringify(text)}`,
    );
  }
  return value;
}

const values = readArguments(process.argv.slice(2));
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const count = whole("count", values.count, MOST);
const days = whole("days", values.days, 365);
const out = values.out || leave(BAD_ARGUMENT, "--out is missing; see --help");
if (values.database !== undefined && values["data-dir"] !== undefined) {
  leave(BAD_ARGUMENT, "--database and --data-dir exclude each other");
}
if (values.database !== undefined && !/^postgres(ql)?:\/\//.test(values.database)) {
  leave(BAD_ARGUMENT, "--database takes postgres://…");
}
const url =
  values["data-dir"] === undefined ? (values.database ?? (process.env["DATABASE_URL"] || undefined)) : undefined;

const started = performance.now();
try {
  const directory = values["data-dir"] ?? (process.env["DATA_DIR"] || "./data");
  const accounts = await makeAccounts({ url, directory }, count, days);
  await writeFile(out, accounts.map(({ uid, token }) => `${uid}\t${token}\n`).join(""), { mode: 0o600 });
  // A file that was there before keeps its mode otherwise.
  await chmod(out, 0o600);
} catch (error) {
  if (error instanceof StartError || (error as NodeJS.ErrnoException).code !== undefined) {
    leave(FAILED, (error as Error).message);
  }
  throw error;
}
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${count} accounts in ${out}, ${seconds.toFixed(1)} s\n`);
process.exit(0);
