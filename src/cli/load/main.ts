/** `bun run load`: how much a service holds. */
import { access, constants, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ArgumentError, type Arguments, HELP, readArguments } from "./arguments.ts";
import { Progress } from "./progress.ts";
import { htmlOf } from "./report/html.ts";
import { textOf } from "./report/terminal.ts";
import { isSound } from "./result.ts";
import { run, type Target } from "./run.ts";
import { readAccounts, registerAccounts } from "./target/accounts.ts";
import { startOwnServer } from "./target/own-server.ts";

const UNSOUND = 1;
const NOT_RUN = 2;
const USUAL_COLUMNS = 80;

const { stderr } = process;
const terminal = stderr.isTTY === true;
const progress = new Progress(
  () => (terminal ? (stderr.columns ?? USUAL_COLUMNS) : undefined),
  (text) => void stderr.write(text),
);

function leave(line: string): never {
  progress.clear();
  process.stderr.write(`load: ${line}\n`);
  process.exit(NOT_RUN);
}

/** Said before the run rather than after it.
 * @throws ArgumentError */
async function checkWritable({ json, html }: Arguments): Promise<void> {
  for (const [name, file] of Object.entries({ json, html })) {
    if (file === undefined) continue;
    await access(dirname(file), constants.W_OK).catch(() => {
      throw new ArgumentError(`--${name}: ${file} cannot be written`);
    });
  }
}

async function prepare(asked: Arguments): Promise<Target & AsyncDisposable> {
  const { sockets } = asked.settings;
  if (asked.urls.length === 0) {
    progress.say(`making ${sockets} accounts, starting a server`);
    const server = await startOwnServer(sockets);
    progress.say(`server ${server.pid} on ${server.url}`);
    return { ...server, urls: [server.url], own: true };
  }
  const url = asked.urls[0]!.replace(/^ws/, "http").replace(/\/wsconn$/, "");
  const registered = (sofar: number) => {
    if (terminal || sofar % 100 === 0) progress.say(`registered ${sofar} of ${sockets} users`);
  };
  const logins =
    asked.accounts === undefined
      ? await registerAccounts({ url, insecure: asked.insecure, registered }, sockets)
      : await readAccounts(asked.accounts, sockets);
  return {
    urls: asked.urls,
    logins,
    own: false,
    ended: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The first interrupt ends the run and keeps the report; a second ends all, and so does one before the run. */
class Interrupts {
  running = false;
  private readonly settle = Promise.withResolvers<void>();
  readonly first = this.settle.promise;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (!this.running) process.exit(UNSOUND);
        this.running = false;
        this.settle.resolve();
      });
    }
  }
}

async function main(words: readonly string[]): Promise<number> {
  const asked = readArguments(words);
  if (asked === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  await checkWritable(asked);
  const interrupts = new Interrupts();
  await using target = await prepare(asked);
  interrupts.running = true;
  const result = await run(asked, target, progress, interrupts.first);
  progress.clear();
  process.stdout.write(`${textOf(result)}\n`);
  if (asked.json !== undefined) await writeFile(asked.json, `${JSON.stringify(result, null, 2)}\n`);
  if (asked.html !== undefined) await writeFile(asked.html, htmlOf(result));
  if (result.accounts.connects === 0) return NOT_RUN;
  return isSound(result) ? 0 : UNSOUND;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  leave(error instanceof Error ? error.message : String(error));
}
