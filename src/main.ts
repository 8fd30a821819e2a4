/** The program: alone touches the environment, signals and exit. */
import { readFileSync } from "node:fs";
import { type Config, ConfigError, helpText, readConfig } from "./config.ts";
import { openLog } from "./log.ts";
import type { Service } from "./service.ts";
import { ownCommand } from "./shipped/files.ts";
import { StartError } from "./store/failures.ts";
import { describeVersion, NAME, VERSION } from "./version.ts";
import { watchMainThread } from "./watchdog.ts";
import { Link } from "./workers/link.ts";
import { ENTRIES, type Entry, type ToWorker } from "./workers/messages.ts";
import { Supervisor } from "./workers/supervisor.ts";
import type { Spawn } from "./workers/worker-process.ts";

/** Exit codes. */
const FAILED = 1;
const BAD_SETTING = 2;
/** Longest that the embedded database may hold the process up, in ms; its longest batch takes a fraction of a second. */
const HANG_MS = 30_000;
/** Where the limit is unknown: what most systems grant. */
const USUAL_FILES = 1024;
/** What a supervisor starts its workers with, followed by number and entry. Seen in a list of processes. */
const AS_WORKER = "--worker";

type Environment = Record<string, string | undefined>;

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

function unknown(word: string | undefined): never {
  leave(BAD_SETTING, `unknown argument ${JSON.stringify(word)}; see --help`);
}

/** The settings' source. `--workers N` or `--workers=N` stands for `WORKERS=N`. */
function environmentWith(words: readonly string[]): Environment {
  const [name, count, ...more] = words.flatMap((word) => (word.startsWith("--workers=") ? word.split("=") : [word]));
  if (name === undefined) return process.env;
  if (name !== "--workers") unknown(name);
  if (!count) leave(BAD_SETTING, "--workers needs a number, or auto; see --help");
  if (more.length > 0) unknown(more[0]);
  return { ...process.env, WORKERS: count };
}

const configOf = (environment: Environment): Config =>
  readConfig(environment, { fileLimit: fileLimit(), terminal: process.stdout.isTTY === true });

/** How a start ends that fails for a reason that the operator can change; undefined: a bug. */
function failureOf(error: unknown): { code: number; line: string } | undefined {
  if (error instanceof ConfigError) return { code: BAD_SETTING, line: error.message };
  if (error instanceof StartError) return { code: FAILED, line: error.message };
  return undefined;
}

function onStopSignals(stop: () => void): void {
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

const announce = (url: string) => void process.stdout.write(`${NAME} ${VERSION} listens on ${url}\n`);

/** Starts the service in this process. Loaded here, since a supervisor has no use for it. */
async function open(config: Config, worker?: { entry: Entry; workers: Link }): Promise<Service> {
  const { startService } = await import("./service.ts");
  const version = describeVersion(process.env["GIT_COMMIT"]);
  return startService(config, { version, ...(worker && { worker }) });
}

async function close(service: Service): Promise<never> {
  const { FramesLost } = await import("./service.ts");
  return service.stop().then(
    () => process.exit(0),
    (error) => leave(FAILED, error instanceof FramesLost ? error.message : "did not stop cleanly"),
  );
}

async function runAlone(config: Config): Promise<void> {
  const service = await open(config);
  if (config.DATABASE_URL === undefined) watchMainThread(HANG_MS);
  onStopSignals(() => close(service));
  announce(service.url);
}

async function runWorkers(config: Config): Promise<void> {
  const spawn: Spawn = ({ number, port, entry }, { hear, closed }) =>
    Bun.spawn([...ownCommand(), AS_WORKER, String(number), entry], {
      env: { ...process.env, WORKERS: String(config.WORKERS), PORT: String(port) },
      stdio: ["ignore", "inherit", "inherit"],
      ipc: hear,
      onDisconnect: closed,
    });
  const supervisor = new Supervisor(config.WORKERS, spawn, openLog(config.LOG_LEVEL, config.LOG_FORMAT));
  onStopSignals(async () => {
    const unclean = await supervisor.stop();
    if (unclean > 0) leave(FAILED, `${unclean} of ${config.WORKERS} workers did not stop cleanly`);
    process.exit(0);
  });
  const started = await supervisor.start(config.PORT);
  if (supervisor.stopping) return;
  if ("url" in started) return announce(started.url);
  await supervisor.stop();
  leave(started.code, started.line);
}

/** A worker lives no longer than its supervisor: left alone it would hold the port, and nobody would start it again. */
async function runAsWorker(number: number, entry: Entry): Promise<void> {
  let stop = (): void => process.exit(FAILED);
  process.on("disconnect", () => stop());
  const link = new Link(number, Number(process.env["WORKERS"]), (message) => {
    if (process.connected) process.send?.(message);
  });
  process.on("message", (message) => link.receive(message as ToWorker));
  try {
    const service = await open(configOf(process.env), { entry, workers: link });
    stop = () => void close(service);
    onStopSignals(stop);
    link.ready(service.url, service.port);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    link.failed(failure.code, failure.line);
    process.exit(failure.code);
  }
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes("--help") || words.includes("-h")) return void process.stdout.write(helpText(VERSION));
  if (words.includes("--version")) return void process.stdout.write(`${VERSION}\n`);
  const entry = ENTRIES.find((each) => each === words[2]);
  if (words[0] === AS_WORKER && process.send && entry) return runAsWorker(Number(words[1]), entry);
  try {
    const config = configOf(environmentWith(words));
    await (config.WORKERS > 1 ? runWorkers(config) : runAlone(config));
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    leave(failure.code, failure.line);
  }
}

await main(process.argv.slice(2));
