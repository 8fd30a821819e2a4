/** `bun run backup` */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { backUp, type Place } from "../../store/backup/backup.ts";
import { writeFileWhole } from "../../store/backup/file.ts";
import { FolderInUse, StartError } from "../../store/failures.ts";
import { parse, runCommand, WrongArguments } from "../command/command.ts";
import { placeOf } from "../command/place.ts";
import { summary } from "./summary.ts";

const HELP = `Backs up a service's database: PostgreSQL while nodes use it, or the embedded database.

  bun run backup --out FILE [--database URL | --data-dir DIR | --url URL]

  --out FILE       where to write it; - for stdout. Only you may read it: it holds everything
  --database URL   postgres://…; default: DATABASE_URL, else the embedded database
  --data-dir DIR   the embedded database's folder, of a stopped server; default: DATA_DIR, else ./data
  --url URL        a running server with an embedded database; it needs ADMIN_TOKEN
  --token-file F   the server's ADMIN_TOKEN, in a file; default: the variable ADMIN_TOKEN
  --help           this

FILE is there only once the backup is whole. bun run restore --check FILE reads it through; bun run restore FILE puts it
into a fresh database, of either kind. Exit codes: 0 done, 1 failed, 2 wrong arguments.
`;

function readArguments() {
  const text = { type: "string" } as const;
  return parse({
    args: process.argv.slice(2),
    options: {
      ...{ out: text, database: text, "data-dir": text, url: text, "token-file": text },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

/** A running server writes the backup itself, on its own disk first, and sends it as it is. */
async function fromServer(url: string, tokenFile: string | undefined, sink: Writable): Promise<string> {
  const token = (tokenFile ? await readFile(tokenFile, "utf8") : (process.env["ADMIN_TOKEN"] ?? "")).trim();
  if (token === "") throw new WrongArguments("--url needs the server's ADMIN_TOKEN, as a variable or in --token-file");
  const response = await fetch(`${url.replace(/\/+$/, "")}/admin/backup`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ as: userInfo().username }),
    redirect: "error",
    // It answers when the backup is written, which may take minutes.
    timeout: false,
  } as RequestInit).catch((error) => {
    throw new StartError(`cannot reach ${url}: ${error.code ?? error.message}`);
  });
  if (!response.ok || !response.body) {
    const { msg } = (await response.json().catch(() => ({}))) as { msg?: string };
    throw new StartError(`the server refuses: ${msg ?? `status ${response.status}`}`);
  }
  let bytes = 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(Readable.fromWeb(response.body as never), counted, sink);
  } catch (error) {
    throw new StartError(`the server stopped answering: ${(error as Error).message}`);
  }
  if (bytes !== Number(response.headers.get("x-backup-bytes"))) throw new StartError("the server stopped answering");
  return `${bytes} bytes`;
}

async function run(): Promise<void> {
  const values = readArguments();
  if (values.help) return void process.stdout.write(HELP);
  const { out, url } = values;
  if (!out) throw new WrongArguments("--out is missing; see --help");
  if (url !== undefined && (values.database ?? values["data-dir"]) !== undefined) {
    throw new WrongArguments("--url excludes --database and --data-dir");
  }
  const place: Place = placeOf(values);
  const fill = async (sink: Writable) =>
    url === undefined ? summary(await backUp(place, sink)) : await fromServer(url, values["token-file"], sink);
  const what = out === "-" ? await fill(createWriteStream("", { fd: 1 })) : await writeFileWhole(out, fill);
  process.stderr.write(`${out}: ${what}\n`);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof FolderInUse) return `${message}; of a running server: --url, see --help`;
  return error instanceof StartError || code === undefined ? message.split("\n", 1)[0]! : `cannot write: ${code}`;
}

await runCommand("backup", run, reasonOf);
