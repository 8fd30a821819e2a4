/** `bun run accounts`: accounts in bulk for load tests, written to a file that `bun run load --accounts` reads. */
import { chmod, writeFile } from "node:fs/promises";
import { StartError } from "../../store/failures.ts";
import { parse, runCommand, WrongArguments, whole } from "../command/command.ts";
import { placeOf } from "../command/place.ts";
import { makeAccounts } from "./make.ts";

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

const text = { type: "string" } as const;

const readArguments = () =>
  parse({
    args: process.argv.slice(2),
    options: {
      ...{ count: text, out: text, database: text, "data-dir": text },
      days: { type: "string", default: "7" },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;

async function run(): Promise<void> {
  const values = readArguments();
  if (values.help) return void process.stdout.write(HELP);
  const count = whole("count", values.count, MOST);
  const days = whole("days", values.days, 365);
  const { out } = values;
  if (!out) throw new WrongArguments("--out is missing; see --help");
  const place = placeOf(values);
  const started = performance.now();
  const accounts = await makeAccounts(place, count, days);
  await writeFile(out, accounts.map(({ uid, token }) => `${uid}\t${token}\n`).join(""), { mode: 0o600 });
  // A file that was there before keeps its mode otherwise.
  await chmod(out, 0o600);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${count} accounts in ${out}, ${seconds.toFixed(1)} s\n`);
}

await runCommand("accounts", run, (error) => {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof StartError || code !== undefined ? message : undefined;
});
