/**
 * Frames for users who are offline: how many a second reach the disk through the server, beside what the same database
 * takes in plain batches; then one sleeper wakes with a full mailbox. Counted by the sender and in the database.
 */
import { sql } from "drizzle-orm";
import { bigint, customType, pgTable } from "drizzle-orm/pg-core";
import { Connection, type Login } from "../../src/cli/load/engine/connection.ts";
import { type FrameBlock, maskedFrame } from "../../src/cli/load/engine/frames.ts";
import { OPCODE } from "../../src/cli/load/engine/wire-reader.ts";
import { startServer } from "../../src/cli/load/target/server-process.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { mailboxFrames } from "../../src/store/schema.ts";
import { metric, residentBytes } from "../metrics.ts";
import type { Ground } from "./ground.ts";

const SENDERS = 20;
const SLEEPERS = 1000;
const DATA_BYTES = 64;
const FRAME_BYTES = DATA_BYTES + 36;
const FULL_MAILBOX = 10_000;
/** Frames sent and not yet stored: enough for many batches, less than the queue's bound, past which it refuses. */
const UNDER_WAY = 20_000;
/** How often the server is asked how many it has stored. */
const LOOK_EVERY_MS = 50;
const STORED_LIMIT_MS = 30_000;
const BATCH_ROWS = 1000;
const STORED = 'polyge_frames_total{outcome="stored"}';
/** Users that this part needs. */
export const OFFLINE_USERS = SENDERS + SLEEPERS + 1;

export interface OfflineResult {
  readonly database: string;
  /** What the database takes in batches of 1000 rows of a frame's size, one after the other, from one client. */
  readonly rowsPerSecond: number;
  /** Through the server: accepted from sockets and on disk. */
  readonly framesPerSecond: number;
  readonly frames: number;
  /** Growth of the server's resident memory at its highest, in bytes. */
  readonly growthBytes: number;
  /** How long a woken user waits for the whole of a mailbox of `wokenFrames`, in ms. */
  readonly wakeMs: number;
  readonly wokenFrames: number;
  /** Frames sent to sleepers that are not in the database. */
  readonly missing: number;
}

export async function measureOffline(ground: Ground): Promise<OfflineResult> {
  const { rowsPerSecond, before, version } = await inDatabase(ground.at, async (database) => ({
    rowsPerSecond: await rowRate(database, ground.seconds),
    before: await sleepersRows(database, ground),
    version: await versionOf(database),
  }));
  ground.say(`offline: the database alone ${Math.round(rowsPerSecond)} rows a second`);
  const flooded = await throughServer(ground);
  const rows = (await inDatabase(ground.at, (database) => sleepersRows(database, ground))) - before;
  ground.say(`offline: Polyge ${Math.round(flooded.framesPerSecond)} frames a second`);
  return { database: version, rowsPerSecond, ...flooded, wokenFrames: FULL_MAILBOX, missing: flooded.frames - rows };
}

const sleepersOf = (logins: readonly Login[]) => logins.slice(SENDERS, SENDERS + SLEEPERS);

async function inDatabase<T>(at: Ground["at"], work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(at);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
/** As wide as a mailbox's, without its keys. */
const benchRows = pgTable("bench_rows", {
  uid: bigint("uid", { mode: "number" }).notNull(),
  frame: bytea("frame").notNull(),
});

async function rowRate(database: Database, seconds: number): Promise<number> {
  const batch = Array.from({ length: BATCH_ROWS }, (_, uid) => ({
    uid,
    frame: crypto.getRandomValues(Buffer.alloc(FRAME_BYTES)),
  }));
  await database.run((db) => db.execute(sql`create table ${benchRows} (uid bigint not null, frame bytea not null)`));
  try {
    const started = performance.now();
    let rows = 0;
    for (; performance.now() - started < seconds * 1000; rows += BATCH_ROWS) {
      await database.run((db) => db.insert(benchRows).values(batch));
    }
    return (rows * 1000) / (performance.now() - started);
  } finally {
    await database.run((db) => db.execute(sql`drop table ${benchRows}`));
  }
}

/** Frames that wait for the sleepers, who never come. */
async function sleepersRows(database: Database, { logins }: Ground): Promise<number> {
  const uids = sleepersOf(logins).map(({ uid }) => uid);
  const [row] = await database.run((db) =>
    db
      .select({ count: sql<number>`count(*)::int` })
      .from(mailboxFrames)
      .where(sql`${mailboxFrames.uid} = any(${`{${uids.join(",")}}`}::bigint[])`),
  );
  return row!.count;
}

async function versionOf(database: Database): Promise<string> {
  const [row] = await database.run((db) =>
    db.select({ version: sql<string>`current_setting('server_version')` }).from(sql`(values (1)) as one`),
  );
  return `${database.kind === "pglite" ? "PGlite, PostgreSQL" : "PostgreSQL"} ${row!.version.split(" ")[0]}`;
}

async function throughServer({ polyge, logins, seconds }: Ground) {
  await using server = await startServer(polyge);
  const url = new URL(server.url);
  const http = `http://${url.host}`;
  const sleepers = sleepersOf(logins);
  const full = logins[SENDERS + SLEEPERS]!;
  const senders = await Promise.all(
    logins.slice(0, SENDERS).map(async (login) => ({
      connection: await Connection.open(url, login, {}),
      block: blockOf(login, sleepers),
    })),
  );
  const resident = residentBytes(server.pid);
  let highest = resident;
  const watch = setInterval(() => {
    highest = Math.max(highest, residentBytes(server.pid));
  }, LOOK_EVERY_MS);
  const started = performance.now();
  const sent = await flood(senders, http, seconds);
  await stored(http, sent);
  const elapsed = (performance.now() - started) / 1000;
  clearInterval(watch);

  senders[0]!.connection.send(blockOf(logins[0]!, Array(FULL_MAILBOX).fill(full)), FULL_MAILBOX);
  await stored(http, sent + FULL_MAILBOX);
  const wakeMs = await wake(url, full, FULL_MAILBOX);
  for (const { connection } of senders) connection.close();
  return { framesPerSecond: sent / elapsed, frames: sent, growthBytes: highest - resident, wakeMs };
}

/** One frame to each target, in an order of this sender's own. */
function blockOf(sender: Login, targets: readonly Login[]): FrameBlock {
  const order = targets.toSorted(() => Math.random() - 0.5);
  const wires = order.map(({ uid }) => {
    const data = crypto.getRandomValues(new Uint8Array(DATA_BYTES));
    const fields = { uid: sender.uid, target: uid, msgId: 0n, timestampMs: BigInt(Date.now()), data };
    return maskedFrame(OPCODE.binary, encodeFrame(fields, Bun.hash.crc32));
  });
  return { bytes: Buffer.concat(wires), stride: wires[0]!.length, copies: wires.length };
}

/** Keeps so many frames under way that the server always has a batch to write. @returns how many were sent */
async function flood(senders: readonly { connection: Connection; block: FrameBlock }[], http: string, seconds: number) {
  const started = performance.now();
  let sent = 0;
  for (let turn = 0; performance.now() - started < seconds * 1000; ) {
    const due = UNDER_WAY - (sent - (await metric(http, STORED)));
    for (let blocks = Math.floor(due / SLEEPERS); blocks > 0; blocks--) {
      const { connection, block } = senders[turn++ % senders.length]!;
      connection.send(block, SLEEPERS);
      sent += SLEEPERS;
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return sent;
}

/** Waits until so many frames are on disk. @throws Error where they do not come to be */
async function stored(http: string, frames: number): Promise<void> {
  const giveUp = performance.now() + STORED_LIMIT_MS;
  for (let now = 0; now < frames; now = await metric(http, STORED)) {
    if (performance.now() > giveUp) throw new Error(`the server stored ${now} of ${frames} frames`);
    await Bun.sleep(LOOK_EVERY_MS / 5);
  }
}

async function wake(url: URL, login: Login, frames: number): Promise<number> {
  const all = Promise.withResolvers<void>();
  const started = performance.now();
  let received = 0;
  const connection = await Connection.open(url, login, {
    onBinaries(_, messages) {
      received += messages;
      if (received >= frames) all.resolve();
    },
    onEnd: () => all.reject(new Error(`the socket ended after ${received} frames`)),
  });
  await all.promise;
  const ms = performance.now() - started;
  connection.close();
  return ms;
}
