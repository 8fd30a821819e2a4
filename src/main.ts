/** The program: alone touches the environment, signals and exit. */
import { readFileSync } from "node:fs";
import { ConfigError, helpText, readConfig } from "./config.ts";
import { FramesLost, type Service, startService } from "./service.ts";
import { StartError } from "./store/failures.ts";
import { describeVersion, NAME, VERSION } from "./version.ts";
import { watchMainThread } from "./watchdog.ts";

/** Exit codes. */
const FAILED = 1;
const BAD_SETTING = 2;
/** Longest that the embedded database may hold the process up, in ms; its longest batch takes a fraction of a second. */
const HANG_MS = 30_000;
/** Where the limit is unknown: what most systems grant. */
const USUAL_FILES = 1024;

function fileLimit(): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(soft) || USUAL_FILES;
  } catch {
    return USUAL_FILES;
  }
}

function leave(code: number, line: string): never {
  process.stderr.write(`${NAME}: ${line}\n`);
  process.exit(code);
}

function stopOnSignals(service: Service): void {
  const stop = () =>
    service.stop().then(
      () => process.exit(0),
      (error) => leave(FAILED, error instanceof FramesLost ? error.message : "did not stop cleanly"),
    );
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes("--help") || words.includes("-h")) return void process.stdout.write(helpText(VERSION));
  if (words.includes("--version")) return void process.stdout.write(`${VERSION}\n`);
  if (words.length > 0) leave(BAD_SETTING, `unknown argument ${JSON.stringify(words[0])}; see --help`);
  try {
    const config = readConfig(process.env, { fileLimit: fileLimit(), terminal: process.stdout.isTTY === true });
    const service = await startService(config, { version: describeVersion(process.env["GIT_COMMIT"]) });
    if (config.DATABASE_URL === undefined) watchMainThread(HANG_MS);
    stopOnSignals(service);
    process.stdout.write(`${NAME} ${VERSION} listens on ${service.url}\n`);
  } catch (error) {
    if (error instanceof ConfigError) leave(BAD_SETTING, error.message);
    if (error instanceof StartError) leave(FAILED, error.message);
    throw error;
  }
}

await main(process.argv.slice(2));
