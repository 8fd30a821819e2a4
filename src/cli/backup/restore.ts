/** `bun run restore` */
import { createReadStream, existsSync } from "node:fs";
import { restore, verify } from "../../store/backup/backup.ts";
import { linesOf } from "../../store/backup/file.ts";
import { partsOf } from "../../store/backup/format.ts";
import { BadBackup, StartError } from "../../store/failures.ts";
import { parse, runCommand, WrongArguments } from "../command/command.ts";
import { placeOf } from "../command/place.ts";
import { summary } from "./summary.ts";

const HELP = `Puts a backup into a fresh database, of either kind: all of it or nothing.

  bun run restore FILE [--database URL | --data-dir DIR]
  bun run restore FILE --check

  FILE             what bun run backup wrote; - for stdin
  --database URL   postgres://…, an empty database; default: DATABASE_URL, else the embedded database
  --data-dir DIR   a folder without a database; default: DATA_DIR, else ./data
  --check          only read it through: is it whole?
  --help           this

Killed half-way, it leaves a database that no server starts on; run it again. Exit codes: 0 done, 1 failed, 2 wrong
arguments.
`;

function readArguments() {
  const text = { type: "string" } as const;
  return parse({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      ...{ database: text, "data-dir": text, check: { type: "boolean", default: false } as const },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

async function run(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) return void process.stdout.write(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new WrongArguments("give one FILE; see --help");
  if (file !== "-" && !existsSync(file)) throw new WrongArguments(`there is no file ${file}`);
  const parts = partsOf(linesOf(file === "-" ? createReadStream("", { fd: 0 }) : file));
  if (values.check) {
    const { head, rows } = await verify(parts);
    return void process.stdout.write(`${file} is whole: made at ${head.madeAt}, ${summary(rows)}\n`);
  }
  const rows = await restore(placeOf(values), parts, (table, count) => {
    process.stderr.write(`${table}: ${count}\n`);
  });
  process.stdout.write(`restored: ${summary(rows)}\n`);
}

await runCommand("restore", run, (error) =>
  error instanceof StartError || error instanceof BadBackup ? error.message : undefined,
);
