/**
 * Frames for users who are offline: `bun run bench:offline --database postgres://…`. Floods the mailboxes of 1000 sleepers
 * at a set rate, then wakes one with a full mailbox. Every figure is counted twice, by the sender and in the database.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "drizzle-orm";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import { Connection, type Login } from "../src/cli/load/engine/connection.ts";
import { type FrameBlock, maskedFrame } from "../src/cli/load/engine/frames.ts";
import { OPCODE } from "../src/cli/load/engine/wire-reader.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { startServer } from "../src/cli/load/target/server-process.ts";
import { encodeFrame } from "../src/protocol/frame.ts";
import { openDatabase } from "../src/store/database.ts";
import { mailboxFrames } from "../src/store/schema.ts";
import { metric, residentBytes } from "./metrics.ts";

const { values } = parseArgs({
  options: {
    /** postgres://…; the default is a temporary PGlite folder. */
    database: { type: "string" },
    rate: { type: "string", default: "42000" },
    seconds: { type: "string", default: "30" },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);

const SENDERS = 20;
const SLEEPERS = 1000;
const DATA_BYTES = 64;
const STEP_MS = 10;
const FULL_MAILBOX = 10_000;
const STORED = 'polyge_frames_total{outcome="stored"}';

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

/** Sends at the rate, never making up for more than one lost step: what the server cannot take is not piled up here. */
async function flood(senders: { connection: Connection; block: FrameBlock }[]): Promise<number> {
  const started = performance.now();
  let sent = 0;
  for (let turn = 0; performance.now() - started < seconds * 1000; turn++) {
    const due = Math.min(((performance.now() - started) * rate) / 1000 - sent, (rate / 1000) * STEP_MS * 2);
    const { connection, block } = senders[turn % senders.length]!;
    if (due > 0 && connection.pendingBytes === 0) {
      connection.send(block, Math.floor(due));
      sent += Math.floor(due);
    }
    await Bun.sleep(STEP_MS);
  }
  return sent;
}

/** How long a woken user waits for her whole mailbox, in ms. */
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

const folder = await mkdtemp(join(tmpdir(), "polyge-offline-"));
const at = { url: values.database, directory: folder };

async function storedRows(): Promise<number> {
  const database = await openDatabase(at);
  const rows = await database.run((db) => db.select({ count: sql<number>`count(*)::int` }).from(mailboxFrames));
  await database.close();
  return rows[0]!.count;
}

try {
  const logins = await makeAccounts(at, SENDERS + SLEEPERS + 1);
  const before = await storedRows();
  const sleepers = logins.slice(SENDERS, -1);
  const full = logins.at(-1)!;
  const peaks = { queued: 0, resident: 0 };
  let sent = 0;
  let stored = 0;
  let elapsed = 0;
  let wakeMs = 0;
  {
    await using server = await startServer(
      polyge(values.database ? { DATABASE_URL: values.database } : { DATA_DIR: folder }),
    );
    const url = new URL(server.url);
    const http = `http://${url.host}`;
    const senders = await Promise.all(
      logins.slice(0, SENDERS).map(async (login) => ({
        connection: await Connection.open(url, login, {}),
        block: blockOf(login, sleepers),
      })),
    );
    const resident = residentBytes(server.pid);
    const watch = setInterval(async () => {
      peaks.queued = Math.max(peaks.queued, await metric(http, "polyge_mailbox_queue_frames"));
      peaks.resident = Math.max(peaks.resident, residentBytes(server.pid) - resident);
    }, 500);
    const started = performance.now();
    sent = await flood(senders);
    do {
      await Bun.sleep(20);
      stored = await metric(http, STORED);
    } while (stored < sent && performance.now() - started < seconds * 2000);
    elapsed = (performance.now() - started) / 1000;
    clearInterval(watch);

    const [first] = senders;
    first!.connection.send(blockOf(logins[0]!, Array(FULL_MAILBOX).fill(full)), FULL_MAILBOX);
    while ((await metric(http, STORED)) < stored + FULL_MAILBOX) await Bun.sleep(20);
    wakeMs = await wake(url, full, FULL_MAILBOX);
    for (const { connection } of senders) connection.close();
  }
  const rows = (await storedRows()) - before;
  console.log(`sent ${sent}, stored ${stored} in ${elapsed.toFixed(1)} s: ${Math.round(stored / elapsed)} a second`);
  console.log(
    `most frames waiting in memory ${peaks.queued}, growth of the process ${(peaks.resident / 2 ** 20).toFixed(0)} MiB`,
  );
  console.log(`a mailbox of ${FULL_MAILBOX} drained in ${wakeMs.toFixed(0)} ms`);
  console.log(`rows in the database afterwards: ${rows}; ${sent} are for the sleepers, who never came`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
