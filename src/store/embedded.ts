/** The embedded database: PGlite in this process, its files in a folder that one process at a time may use. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite, types } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import pLimit from "p-limit";
import { pgliteFiles } from "../shipped/files.ts";
import { requireSpace } from "./disk-space.ts";
import type { Bare, Driver, Drizzle } from "./driver.ts";
import { BadBackup, FolderInUse, StartError, StoreUnavailable } from "./failures.ts";
import { type FolderLock, lockFolder } from "./lock.ts";
import { migrate } from "./migrations.ts";
import * as schema from "./schema.ts";

const MEMORY = "memory://";
/** What the mark of files that are not finished says, and who left it there. */
const STARTING = "The first start has not ended yet.\n";
const RESTORING = "A restore has not ended yet.\n";

/**
 * bytea goes in as the bytes that it is, which PGlite's protocol writer takes though its type says text, and comes out as text.
 * PGlite's own way makes an object of every byte: a batch of 4 MB held the process up for 600 ms and left 450 MB of garbage,
 * which a server with stalled clients turned into 1.6 GB. As text both ways a batch takes twice the CPU time of this.
 */
const BYTEA = {
  serializers: { [types.BYTEA]: (bytes: Uint8Array) => bytes as unknown as string },
  parsers: { [types.BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex") },
};

const optionsOf = async () => ({ ...BYTEA, ...(await pgliteFiles()) });

/** @throws StartError when the folder cannot be written, is in use, or holds files that cannot be opened */
export async function openEmbedded(directory: string): Promise<Driver> {
  const options = await optionsOf();
  if (directory.startsWith(MEMORY)) return open(new PGlite(MEMORY, options), () => {});
  const lock = prepare(directory);
  const { files, unfinished } = within(directory);
  // A first start that was killed half-way leaves files that never open. Nothing had been acknowledged: begin again.
  // Only where this mark says so: files without it may be a backup that somebody put back.
  try {
    requireSpace(directory);
    if (isHalfRestored(unfinished)) throw new StartError(`a restore into ${directory} did not end: run it again`);
    if (existsSync(unfinished)) rmSync(files, { recursive: true, force: true });
    if (!existsSync(files)) writeFileSync(unfinished, STARTING);
    const driver = await open(new PGlite(files, options), () => lock.release());
    rmSync(unfinished, { force: true });
    return { ...driver, check: () => requireSpace(directory) };
  } catch (error) {
    lock.release();
    throw startError(directory, error);
  }
}

const within = (directory: string) => ({
  files: join(directory, "pglite"),
  unfinished: join(directory, "unfinished"),
});

const isHalfRestored = (unfinished: string) => existsSync(unfinished) && readFileSync(unfinished, "utf8") === RESTORING;

function startError(directory: string, error: unknown): StartError {
  if (error instanceof StoreUnavailable) return new StartError(error.message);
  if (error instanceof StartError) return new StartError(`DATA_DIR: ${error.message}`);
  return new StartError(`DATA_DIR: cannot open the database in ${directory}: ${firstLine(error)}`);
}

/** The database of a stopped server as it is. @throws StartError */
export async function openBareEmbedded(directory: string): Promise<Bare> {
  const { files, unfinished } = within(directory);
  if (!existsSync(files) || existsSync(unfinished))
    throw new StartError(`DATA_DIR: there is no database in ${directory}`);
  const lock = prepare(directory);
  const client = new PGlite(files, await optionsOf());
  try {
    await client.waitReady;
  } catch (error) {
    lock.release();
    throw startError(directory, error);
  }
  return { db: drizzle(client, { schema }), close: () => client.close().finally(() => lock.release()) };
}

/**
 * Makes a database in a folder that has none, and fills it: wholly or not at all. Until then no server starts on it.
 * @throws StartError, and BadBackup as it is
 */
export async function fillEmbedded<T>(directory: string, fill: (db: Drizzle) => Promise<T>): Promise<T> {
  const lock = prepare(directory);
  const { files, unfinished } = within(directory);
  try {
    if (existsSync(unfinished)) rmSync(files, { recursive: true, force: true });
    if (existsSync(files)) throw new StartError(`there is a database in ${directory}: a restore takes a fresh folder`);
    writeFileSync(unfinished, RESTORING);
    const client = new PGlite(files, await optionsOf());
    try {
      const result = await fill(drizzle(client, { schema })).finally(() => client.close());
      rmSync(unfinished);
      return result;
    } catch (error) {
      rmSync(files, { recursive: true, force: true });
      rmSync(unfinished);
      throw error;
    }
  } catch (error) {
    throw error instanceof BadBackup ? error : startError(directory, error);
  } finally {
    lock.release();
  }
}

function prepare(directory: string): FolderLock {
  let lock: FolderLock | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    lock = lockFolder(directory);
  } catch (error) {
    throw new StartError(`DATA_DIR: cannot write in ${directory}: ${firstLine(error)}`);
  }
  if (lock === undefined) throw new FolderInUse(`DATA_DIR: another process is using ${directory}`);
  return lock;
}

async function open(client: PGlite, afterClose: () => void): Promise<Driver> {
  const db = drizzle(client, { schema });
  try {
    await client.waitReady;
    await migrate(db);
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
  const oneAtATime = pLimit(1);
  return {
    kind: "pglite",
    db,
    // A query runs on this thread. Two hundred that wait for one another run back to back, and nothing else does for a
    // third of a second; so one at a time, and a turn of the event loop before each.
    turn: (work) =>
      oneAtATime(async () => {
        await new Promise(setImmediate);
        return work();
      }),
    close: async () => {
      try {
        if (!client.closed) await client.close();
      } finally {
        afterClose();
      }
    },
  };
}

function firstLine(error: unknown): string {
  const code = (error as { code?: unknown })?.code;
  if (typeof code === "string") return code;
  return error instanceof Error && !error.message.startsWith("Failed query")
    ? error.message.split("\n", 1)[0]!.slice(0, 200)
    : "its files are damaged or of another version";
}
