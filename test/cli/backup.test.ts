/** The commands as processes, killed in the middle as well. */
import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/store/database.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { appliedStamps, knownStamps } from "../../src/store/migrations.ts";
import { openBarePostgres } from "../../src/store/postgres.ts";
import { look } from "../support/admin.ts";
import { addUser, backupOf, packed, rowsIn, textOf } from "../support/backups.ts";
import { Client, clientOf } from "../support/client.ts";
import { createEmbedded, createPostgres } from "../support/databases.ts";
import { BARE_ENVIRONMENT } from "../support/engine.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { Peer } from "../support/peer.ts";
import { MAIN, spawnServer, startProcess } from "../support/processes.ts";
import { ADMIN_TOKEN, allowForStarts, testOnPostgres } from "../support/services.ts";
import { until } from "../support/until.ts";

allowForStarts();
const folder = mkdtempSync(join(tmpdir(), "polyge-backups-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const COMMANDS = join(import.meta.dir, "../../src/cli/backup");

const spawn = (command: "main" | "restore", words: readonly string[], environment: Record<string, string> = {}) =>
  Bun.spawn([process.execPath, join(COMMANDS, `${command}.ts`), ...words], {
    env: { ...BARE_ENVIRONMENT, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });

async function outcome(child: ReturnType<typeof spawn> | ReturnType<typeof spawnServer>) {
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out, err };
}

/** A migrated PostgreSQL with somebody in it. */
async function filled(users: number): Promise<string> {
  const url = await createPostgres();
  const database = await openDatabase({ url, directory: "" });
  for (let i = 0; i < users; i++) await database.run((db) => addUser(db));
  await database.close();
  return url;
}

const CROWD = 20;
/** Why no write can be held up here: nothing makes a named pipe. */
const NO_PIPES = withoutPrograms("mkfifo");

/** People of whom a backup is larger than what a pipe and those who write into it hold. */
async function crowd(directory: string): Promise<void> {
  const database = await openDatabase({ directory });
  for (let i = 0; i < CROWD; i++) await database.run((db) => addUser(db, randomBytes(60_000).toString("base64")));
  await database.close();
}

/** Waits until somebody writes to that path, a pipe, and lets nobody get further than it holds. */
async function holdWriting(path: string) {
  Bun.spawnSync(["mkfifo", path]);
  const pipe = await open(path, "r");
  await pipe.read(Buffer.alloc(1), 0, 1, null);
  const release = async () => {
    rmSync(path, { force: true });
    await pipe.close();
  };
  return { release, [Symbol.asyncDispose]: () => release().catch(() => {}) };
}

/** Starts a restore, and kills it when the users are in and the rest is not. @returns the whole backup's file */
async function killedRestore(place: readonly string[]): Promise<string> {
  const whole = await backupOf({ url: await filled(3), directory: "" });
  const file = join(folder, `${place.length}-${Date.now()}.gz`);
  writeFileSync(file, whole);
  const lines = textOf(whole).split("\n");
  const afterUsers = lines.findIndex((line) => line.includes('"1999-12-31"')) + 4;
  const child = spawn("restore", ["-", ...place]);
  // Gzip may come in several pieces, each with an end of its own.
  child.stdin.write(packed(`${lines.slice(0, afterUsers).join("\n")}\n`));
  await child.stdin.flush();
  let said = "";
  for await (const chunk of child.stderr) {
    said += Buffer.from(chunk).toString();
    if (/^users: 3$/m.test(said)) break;
  }
  child.kill("SIGKILL");
  await child.exited;
  expect(said).toMatch(/^users: 3$/m);
  return file;
}

test("a running server with an embedded database is backed up through its calls, and goes on", async () => {
  const client = await clientOf("pglite");
  const { uid } = await client.join();
  const file = join(folder, "running.gz");
  const made = await outcome(spawn("main", ["--out", file, "--url", client.url], { ADMIN_TOKEN }));
  expect([made.code, made.out]).toEqual([0, ""]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(rowsIn(readFileSync(file)).some((row) => row.startsWith(`["${uid}", `))).toBe(true);
  const checked = await outcome(spawn("restore", [file, "--check"]));
  expect(checked).toEqual({ code: 0, out: expect.stringMatching(/ is whole: made at .*, \d+ users/), err: "" });
  expect((await client.get("/readyz")).status).toBe(200);
  const [row] = (await look(client, "audit", { act: "backup", limit: 1 })).body.rs;
  expect(row).toMatchObject({ outcome: "done", detail: { bytes: statSync(file).size } });
  const refused = await outcome(
    spawn("main", ["--out", `${file}.2`, "--url", client.url], { ADMIN_TOKEN: "x".repeat(32) }),
  );
  expect(refused.code).toBe(1);
  expect(existsSync(`${file}.2`)).toBe(false);
});

testOnPostgres("kill -9 in the middle of a backup: the file before it stays, and the next one is whole", async () => {
  const url = await filled(3);
  const file = join(folder, "killed.gz");
  writeFileSync(file, "yesterday's");
  const { db, close } = await openBarePostgres(url);
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = db.transaction(async (tx) => {
    await tx.execute(sql`lock table tokens in access exclusive mode`);
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const child = spawn("main", ["--out", file, "--database", url]);
  const look = await openBarePostgres(url);
  await until("the backup waits for a table", async () => {
    const rows = await look.db.execute(sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return (rows as unknown as unknown[]).length > 0;
  });
  expect(existsSync(`${file}.partial`)).toBe(true);
  child.kill("SIGKILL");
  await child.exited;
  release.resolve();
  await Promise.all([holding, look.close()]);
  await close();
  expect(readFileSync(file, "utf8")).toBe("yesterday's");
  expect(await outcome(spawn("main", ["--out", file, "--database", url]))).toMatchObject({ code: 0 });
  expect(rowsIn(readFileSync(file)).filter((row) => row.includes("1999-12-31"))).toHaveLength(3);
  expect(existsSync(`${file}.partial`)).toBe(false);
});

testUnless(NO_PIPES, "kill -9 in the middle of a backup of an embedded database: the same", async () => {
  const directory = await createEmbedded();
  await crowd(directory);
  const file = join(folder, "embedded.gz");
  writeFileSync(file, "yesterday's");
  const words = ["--out", file, "--data-dir", directory];
  const child = spawn("main", words);
  await using held = await holdWriting(`${file}.partial`);
  child.kill("SIGKILL");
  await child.exited;
  await held.release();
  expect(readFileSync(file, "utf8")).toBe("yesterday's");
  expect(await outcome(spawn("main", words))).toMatchObject({ code: 0 });
  expect(rowsIn(readFileSync(file)).filter((row) => row.includes("1999-12-31"))).toHaveLength(CROWD);
});

testUnless(
  NO_PIPES,
  "a server in the middle of its backup: who is online goes on talking, a login gets 503; kill -9: nothing is left of the backup",
  async () => {
    const directory = await createEmbedded();
    await crowd(directory);
    const environment = { DATA_DIR: directory, ADMIN_TOKEN };
    const file = join(folder, "of-the-killed.gz");
    writeFileSync(file, "yesterday's");
    const { child, url } = await startProcess(environment);
    const client = new Client(url);
    const [ana, ben] = [await client.join(), await client.join()];
    const [from, to] = [await Peer.open(url, ana), await Peer.open(url, ben)];
    const before = readdirSync(directory).toSorted();
    const writing = holdWriting(join(directory, ".backup-under-way.gz.partial"));
    const backup = spawn("main", ["--out", file, "--url", url], { ADMIN_TOKEN });
    await using held = await writing;
    from.send(ben.uid, { data: "还在吗" });
    expect(await to.data(1)).toEqual(["还在吗"]);
    expect((await client.get("/login", { uname: ana.uname, pwd: ana.pwd })).status).toBe(503);
    child.kill("SIGKILL");
    await child.exited;
    const failed = await outcome(backup);
    expect([failed.code, failed.err]).toEqual([1, expect.stringMatching(/^backup: cannot reach [^\n]+\n$/)]);
    expect(readFileSync(file, "utf8")).toBe("yesterday's");

    const next = await startProcess(environment);
    expect(readdirSync(directory).toSorted()).toEqual(before);
    await held.release();
    expect(await outcome(spawn("main", ["--out", file, "--url", next.url], { ADMIN_TOKEN }))).toMatchObject({
      code: 0,
    });
    expect(rowsIn(readFileSync(file)).filter((row) => row.includes("1999-12-31"))).toHaveLength(CROWD);
    expect(readdirSync(directory).toSorted()).toEqual(before);
    next.child.kill("SIGTERM");
    expect(await next.child.exited).toBe(0);
  },
);

testOnPostgres(
  "kill -9 in the middle of a restore into PostgreSQL: no server starts on it, and it can be run again",
  async () => {
    const url = await createPostgres();
    const file = await killedRestore(["--database", url]);
    const refused = await outcome(spawnServer([process.execPath, MAIN], { DATABASE_URL: url }));
    expect([refused.code, refused.err]).toEqual([
      1,
      "polyge: DATABASE_URL: a restore into this database did not end: run it again\n",
    ]);
    expect(await outcome(spawn("restore", [file, "--database", url]))).toMatchObject({
      code: 0,
      out: "restored: 3 users\n",
    });
    const bare = await openBarePostgres(url);
    expect(await appliedStamps(bare.db)).toEqual(knownStamps());
    await bare.close();
    await (await openDatabase({ url, directory: "" })).close();
    expect(rowsIn(await backupOf({ url, directory: "" }))).toEqual(rowsIn(readFileSync(file)));
  },
);

testOnPostgres("kill -9 in the middle of a restore into a folder: the same", async () => {
  const directory = join(folder, "data");
  const file = await killedRestore(["--data-dir", directory]);
  const refused = await outcome(spawnServer([process.execPath, MAIN], { DATA_DIR: directory }));
  expect([refused.code, refused.err]).toEqual([
    1,
    `polyge: DATA_DIR: a restore into ${directory} did not end: run it again\n`,
  ]);
  expect(await outcome(spawn("restore", [file, "--data-dir", directory]))).toMatchObject({
    code: 0,
    out: "restored: 3 users\n",
  });
});

test.each([
  ["main", [], "backup: --out is missing; see --help"],
  ["main", ["--out", "x", "--url", "http://h", "--data-dir", "d"], "backup: --url excludes --database and --data-dir"],
  [
    "main",
    ["--out", "x", "--url", "http://h"],
    "backup: --url needs the server's ADMIN_TOKEN, as a variable or in --token-file",
  ],
  ["restore", [], "restore: give one FILE; see --help"],
  ["restore", ["/nowhere"], "restore: there is no file /nowhere"],
] as const)("%s %p: one line and exit code 2", async (command, words, line) => {
  expect(await outcome(spawn(command, words))).toEqual({ code: 2, out: "", err: `${line}\n` });
});

test("a folder without a database, or with a server on it, is said to be so", async () => {
  const nothing = await outcome(spawn("main", ["--out", join(folder, "x"), "--data-dir", join(folder, "none")]));
  expect(nothing).toEqual({
    code: 1,
    out: "",
    err: `backup: DATA_DIR: there is no database in ${join(folder, "none")}\n`,
  });
  const directory = join(folder, "running");
  mkdirSync(join(directory, "pglite"), { recursive: true });
  const lock = lockFolder(directory)!;
  const running = await outcome(spawn("main", ["--out", join(folder, "x"), "--data-dir", directory]));
  lock.release();
  expect(running.err).toBe(
    `backup: DATA_DIR: another process is using ${directory}; of a running server: --url, see --help\n`,
  );
  expect(existsSync(join(folder, "x"))).toBe(false);
});
