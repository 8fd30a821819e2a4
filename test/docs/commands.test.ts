/**
 * The pages' commands, run as they stand. Each command of each page is in one of three lists: run here, run by another test,
 * or not run, with the reason. A new one fails the first test until it is in one of them.
 */
import { afterAll, afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json";
import { createEmbedded, createPostgres, dropDatabases, NO_POSTGRES } from "../support/databases.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { spawnServer, untilListening } from "../support/processes.ts";
import { ADMIN_TOKEN, allowForStarts } from "../support/services.ts";
import { commandsOf, PAGES, ROOT, textOf } from "./pages.ts";

allowForStarts();

const TALK = [
  "ANA=$(bun examples/join.ts ana)",
  "BEN=$(bun examples/join.ts ben)",
  'bun examples/send.ts ben "$ANA" "你好, Ana"',
  "bun examples/listen.ts ana",
];
const READY = "curl -s http://localhost:8080/readyz";
const CRASH = ['bun examples/send.ts ben "$ANA" "before the crash"', "kill -9 PID"];
const BACKUP_RUNNING = "ADMIN_TOKEN=… bun run backup --out polyge.gz --url http://localhost:8080";
const CHECK = "bun run restore polyge.gz --check";
const MOVE = [
  "bun run backup --out polyge.gz --data-dir ./data",
  "bun run restore polyge.gz --database postgres://…/polyge",
  "DATABASE_URL=postgres://…/polyge bun run start",
];
const HERE = ["bun run start", ...TALK, READY, ...CRASH, BACKUP_RUNNING, CHECK, ...MOVE];

/** Commands, and the test that does what they do. */
const ELSEWHERE: [RegExp, string][] = [
  [/^ADMIN_TOKEN=\$\(.* bun run start$/, "test/cli/admin.test.ts"],
  [/^HOST=127\.0\.0\.1 TRUST_PROXY=1 bun run start$/, "test/deploy/proxies.test.ts"],
  [/^PORT=443 TLS_CERT=/, "test/listener.test.ts"],
  [/^DATABASE_URL=\S+ NATS_URL=\S+ bun run start --workers auto$/, "test/workers"],
  [/^DATABASE_URL=\S+ NATS_URL=\S+ TRUST_PROXY=1 bun run start$/, "test/cluster"],
  [
    /^(DATABASE_URL=\S+ bun run backup --out|bun run restore polyge.gz --(database|data-dir)) \S+$/,
    "test/cli/backup.test.ts",
  ],
  [/^bun run load( |$)/, "test/cli/load"],
  [/^bun run accounts /, "test/cli/accounts.test.ts"],
  [/^bun run (bench|load:twice)(:draw|:compare|:cluster)?( |$)/, "test/bench"],
  [/^bun run check$/, ".ci/run"],
  [/^bun test test\/protocol$|^bun test test\/http\/edges.test.ts/, "test/run.ts"],
];

/** Commands that no test runs, and why. */
const NOT_RUN: [RegExp, string][] = [
  [/^docker |^for node in .* docker |^cp \.env\.example/, "no container engine; test/deploy checks the files"],
  [/^kubectl /, "no Kubernetes; test/deploy/kubernetes.test.ts checks the manifests"],
  [/^curl http:\/\/localhost:8080\/readyz$/, "asks the cluster of Compose"],
  [
    /^sudo .*(\/systemd\/|--now polyge|\/etc\/polyge|\/usr\/local\/bin)/,
    "changes the machine; test/deploy/systemd.test.ts",
  ],
  [
    /^sudo (cp|nginx|systemctl) .*(nginx|caddy)(\/|$)/i,
    "changes the machine; test/deploy/proxies.test.ts checks the files",
  ],
  [/^certbot /, "asks for a certificate"],
  [/^npx |^npm install |^bun install |^git clone |^bun\(\) /, "downloads: docs/benchmarks.md, a clean machine"],
  [/^bun run build( |$)/, "downloads other platforms' runtimes, and takes a minute"],
  [/^createdb /, "makes a database under a fixed name"],
];

const commands = PAGES.filter((path) => !path.endsWith(".zh-CN.md")).flatMap((path) =>
  commandsOf(textOf(path)).map((command) => ({ path, command })),
);

test("every command is run here, run by another test, or has a reason why not", () => {
  const unclear = commands.filter(({ command }) => {
    const elsewhere = ELSEWHERE.filter(([pattern]) => pattern.test(command)).length;
    const not = NOT_RUN.filter(([pattern]) => pattern.test(command)).length;
    return HERE.includes(command) ? false : elsewhere + not !== 1;
  });
  expect(unclear).toEqual([]);
  const known = new Set(commands.map(({ command }) => command));
  const unused = [...ELSEWHERE, ...NOT_RUN].filter(([pattern]) => ![...known].some((command) => pattern.test(command)));
  expect(unused).toEqual([]);
  expect(HERE.filter((command) => !known.has(command))).toEqual([]);
  expect(ELSEWHERE.filter(([, path]) => !existsSync(join(ROOT, path)))).toEqual([]);
});

const folder = mkdtempSync(join(tmpdir(), "polyge-commands-"));
const running: { kill(signal: "SIGKILL"): void; readonly exited: Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of running) each.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ exited }) => exited));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await dropDatabases();
});

/** A command as a shell in any folder can run it: with this checkout's files, on this server, and nothing installed anew. */
function placed(command: string, url: string, database: string): string {
  return command
    .replaceAll(/bun run (\S+)/g, (_, script: string) => {
      const body = (manifest.scripts as Record<string, string>)[script]!;
      return body.replace("bun run --silent setup && ", "").replace(/bun (src\/\S+)/, `bun ${ROOT}/$1`);
    })
    .replaceAll("bun examples/", `bun ${ROOT}/examples/`)
    .replaceAll("http://localhost:8080", url)
    .replaceAll("ADMIN_TOKEN=…", `ADMIN_TOKEN=${ADMIN_TOKEN}`)
    .replaceAll("postgres://…/polyge", database);
}

/** A user's folder with a data directory, and what happens there. */
class Desk {
  readonly cwd = mkdtempSync(join(folder, "desk-"));
  #database = "";
  #url = "";

  async start(environment: Record<string, string> = {}): Promise<{ pid: number; stop: () => Promise<number> }> {
    if (!existsSync(join(this.cwd, "data"))) symlinkSync(await createEmbedded(), join(this.cwd, "data"));
    const command = placed("bun run start", "", "").split(" ");
    const where: Record<string, string> = this.#database ? {} : { DATA_DIR: "./data" };
    const { child, url } = await untilListening(
      spawnServer(command, { ...where, ADMIN_TOKEN, ...environment }, this.cwd),
    );
    this.#url = url;
    running.push(child);
    return {
      pid: child.pid,
      stop: () => {
        child.kill("SIGTERM");
        return child.exited;
      },
    };
  }

  moveTo(database: string): void {
    this.#database = database;
  }

  /** Runs commands in one shell, until all have ended or `last` was printed. @returns what they printed */
  async run(lines: readonly string[], last?: string): Promise<string> {
    const script = lines.map((line) => placed(line, this.#url, this.#database)).join("\n");
    const shell = Bun.spawn(["sh", "-ec", script], {
      cwd: this.cwd,
      env: { PATH: process.env["PATH"] ?? "", POLYGE_URL: this.#url },
      stdio: ["ignore", "pipe", "inherit"],
      // Listening ends by Ctrl-C, which goes to the whole group.
      detached: true,
    });
    let out = "";
    for await (const chunk of shell.stdout) {
      out += Buffer.from(chunk).toString();
      if (last !== undefined && out.endsWith(last)) process.kill(-shell.pid, "SIGINT");
    }
    const code = await shell.exited;
    if (last === undefined) expect([script, code]).toEqual([script, 0]);
    return out;
  }
}

testUnless(withoutPrograms("curl"), "the tutorial: a talk, a crash, and what was stored is there", async () => {
  const desk = new Desk();
  const server = await desk.start();
  expect(JSON.parse(await desk.run([READY]))).toMatchObject({ success: true });
  expect(await desk.run(TALK, "你好, Ana\n")).toBe("stored\nuser 1 listens\nfrom user 2: 你好, Ana\n");
  const [send, kill] = CRASH;
  const crash = [TALK[0]!, send!, kill!.replace("PID", String(server.pid))];
  expect(await desk.run(crash)).toBe("stored\n");
  await desk.start();
  // Before it may come the message that she had when her program was ended: after a failure a repeat is possible.
  expect(await desk.run([TALK[3]!], "before the crash\n")).toEndWith("\nfrom user 2: before the crash\n");
});

test("a backup of a running server is whole", async () => {
  const desk = new Desk();
  await desk.start();
  await desk.run([TALK[0]!, BACKUP_RUNNING, CHECK]);
});

testUnless(NO_POSTGRES, "from the embedded database to PostgreSQL: the accounts come along", async () => {
  const desk = new Desk();
  const embedded = await desk.start();
  await desk.run(TALK.slice(0, 2));
  expect(await embedded.stop()).toBe(0);
  const DATABASE_URL = await createPostgres();
  desk.moveTo(DATABASE_URL);
  await desk.run(MOVE.slice(0, 2));
  await desk.start({ DATABASE_URL });
  expect(await desk.run(["bun examples/join.ts ben"])).toBe("2\n");
});
