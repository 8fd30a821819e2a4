/**
 * `bun run test:newcomer`: every command of README.md in a fresh clone, with an empty home, empty caches and a PATH of Node.js,
 * npm, git and what a shell needs; there is no `bun`, so `npx -y bun@…` stands for it, as the README says. `--only PATTERN`
 * takes some, `--full` types those at their own size that else have a short form, `--nats URL` and TEST_DATABASE_URL give what those
 * need that need more, `--write` puts their rows into the table of docs/benchmarks.md and its Chinese version. Port 8080 must be free.
 * Exit code 1: a command ended as it should not.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../../package.json";
import { askedOf } from "../../../src/cli/command/command.ts";
import { createPostgres, dropDatabases, NO_POSTGRES } from "../../support/databases.ts";
import { ROOT, textOf } from "../pages.ts";
import { STEPS, type Step, typedFor } from "./steps.ts";
import { TABLED, withRows } from "./table.ts";

const PROGRAMS =
  "node npm npx git sh env cat chmod cp dirname basename ls mkdir mktemp mv readlink rm sleep uname".split(" ");
/** Passed on, as a company's network needs them. */
const NETWORK = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

const HELP =
  "bun run test:newcomer [--only PATTERN] [--full] [--nats URL] [--write]: the README's commands in a fresh clone\n";
const OPTIONS = {
  only: { type: "string", default: "" },
  full: { type: "boolean", default: false },
  nats: { type: "string" },
  write: { type: "boolean", default: false },
} as const;
const asked = askedOf("test:newcomer", HELP, { options: OPTIONS }, ({ values }) => values);
/** Longest that a command may take, in ms. */
const LIMIT_MS = (asked.full ? 60 : 20) * 60_000;

const folder = mkdtempSync(join(tmpdir(), "polyge-newcomer-"));
const [bin, home, clone, shell] = ["bin", "home", "polyge", "variables"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
  string,
];
for (const path of [bin, home]) mkdirSync(path);
for (const name of PROGRAMS) symlinkSync(Bun.which(name)!, join(bin, name));
writeFileSync(shell, "");
const kept = NETWORK.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
const environment = { PATH: bin, HOME: home, ...Object.fromEntries(kept) };

interface Run {
  readonly row: Promise<string>;
  /** When it has said what it is to say, or has ended. */
  readonly ready: Promise<void>;
  interrupt(): void;
}

/** Types a command. @param more of the environment */
function type(step: Step, number: number, more: Record<string, string>): Run {
  const typed = typedFor(step, asked.full);
  const codes = asked.full && step.short !== undefined ? [0] : (step.codes ?? [0]);
  const script = `set -ea; . ${shell}\n${typed.replaceAll(/\bbun (?=run|test|examples)/g, `npx -y bun@${manifest.engines.bun} `)}`;
  const began = performance.now();
  const child = Bun.spawn(
    ["sh", "-c", `exec 2>&1\n${script}\n${step.needs === undefined ? `export -p >${shell}` : ""}`],
    {
      cwd: clone,
      env: { ...environment, ...more },
      stdio: [new Blob([step.input ?? ""]), "pipe", "inherit"],
      // Ctrl-C goes to the whole group.
      detached: true,
    },
  );
  const interrupt = () => void (child.exitCode ?? process.kill(-child.pid, "SIGINT"));
  // Time: longest that a command may take.
  const limit = setTimeout(interrupt, LIMIT_MS);
  const ready = Promise.withResolvers<void>();
  const read = async () => {
    const log = createWriteStream(join(folder, `${number}.log`));
    let said = "";
    let seconds: number | undefined;
    for await (const chunk of child.stdout) {
      log.write(chunk);
      said += Buffer.from(chunk).toString();
      if (seconds !== undefined || step.until === undefined || !said.includes(step.until)) continue;
      seconds = (performance.now() - began) / 1000;
      ready.resolve();
      if (!step.stays) interrupt();
    }
    log.end();
    const code = await child.exited;
    clearTimeout(limit);
    ready.resolve();
    const good = step.until === undefined ? codes.includes(code) : seconds !== undefined;
    if (!good) process.exitCode = 1;
    const time = `${(seconds ?? (performance.now() - began) / 1000).toFixed(1)} s`;
    const { maxRSS, cpuTime } = child.resourceUsage()!;
    const used = `${(Number(cpuTime.total) / 1e6).toFixed(1)} s | ${Math.round(maxRSS / 1e6).toLocaleString("en")} MB`;
    // Bun's own line on a script that failed says nothing of why.
    const lines = said
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith('error: script "'));
    const last = step.until ?? lines.at(-1) ?? "";
    const row = `| \`${typed}\` | ${time} | ${used} | ${code === 0 || (good && step.until) ? "" : `${code}: `}${last.replaceAll("|", "/").replaceAll(/\s+/g, " ").trim()} |`;
    console.log(good ? row : `FAILED ${row}`);
    return row;
  };
  return { row: read(), ready: ready.promise, interrupt };
}

const clean = Bun.spawnSync(["git", "clone", "-q", ROOT, clone]);
if (!clean.success) throw new Error(clean.stderr.toString());
const wanted = new RegExp(asked.only);
const rows = new Map<number, Promise<string>>();
let staying: Run | undefined;
for (const [number, step] of STEPS.entries()) {
  const isWanted = wanted.test(step.command);
  // The first one installs what all others need.
  if (number > 0 && !isWanted) continue;
  const without = step.needs === undefined ? undefined : (NO_POSTGRES ?? (lacksNats(step) ? "no --nats" : undefined));
  if (without !== undefined) {
    console.log(`skipped: ${step.command}: ${without}`);
    continue;
  }
  if (!step.beside) await leave();
  const run = type(step, number, step.needs === undefined ? {} : await theirs());
  if (isWanted) rows.set(number, run.row);
  await run.ready;
  if (step.stays) staying = run;
  else await run.row;
}
await leave();
await dropDatabases();
if (asked.write) {
  const fresh = new Map<number, string>();
  for (const [number, row] of rows) fresh.set(number, await row);
  for (const page of TABLED) await Bun.write(join(ROOT, page), withRows(textOf(page), fresh));
}
if (process.exitCode) console.log(`what they said is in ${folder}`);
else rmSync(folder, { recursive: true });

function lacksNats({ needs }: Step): boolean {
  return needs === "PostgreSQL and NATS" && asked.nats === undefined;
}

/** What a command finds that needs more than Node.js. */
async function theirs(): Promise<Record<string, string>> {
  const admin = process.env["TEST_DATABASE_URL"];
  return {
    DATABASE: await createPostgres(),
    ...(admin === undefined ? {} : { TEST_DATABASE_URL: admin }),
    ...(asked.nats === undefined ? {} : { NATS: asked.nats }),
  };
}

/** Ends what stays. */
async function leave(): Promise<void> {
  staying?.interrupt();
  await staying?.row;
  staying = undefined;
}
