import { afterAll, expect } from "bun:test";
import { HistoryQueue } from "../../src/delivery/history-queue.ts";
import { ReadMarks } from "../../src/delivery/read-marks.ts";
import { openLog } from "../../src/log.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { Conversations } from "../../src/store/conversations.ts";
import { History } from "../../src/store/history.ts";
import { allowForStarts, sharedDatabase, stopAll, testOnPostgres } from "../support/services.ts";
import { userRows } from "../support/user-rows.ts";

allowForStarts();
afterAll(stopAll);

/** Each of whom has a message from every other: more than one batch of marks. */
const USERS = 20;

testOnPostgres("what people read just before a stop is noted, however many they are", async () => {
  const database = await sharedDatabase("postgres");
  const uids = await userRows(database, USERS);
  const history = new History(database, 30);
  const conversations = new Conversations(database);
  const log = openLog("silent", "json");
  const marks = new ReadMarks(conversations, new HistoryQueue(history, async () => {}, 1 << 20, log), log);
  const pairs = uids.flatMap((uid) => uids.filter((each) => each !== uid).map((target) => ({ uid, target })));
  const frameOf = (pair: { uid: number; target: number }) =>
    encodeFrame({ ...pair, msgId: 1n, timestampMs: 0n, data: new Uint8Array(1) }, Bun.hash.crc32);
  await history.append(pairs.map((pair, at) => ({ frame: frameOf(pair), fingerprint: BigInt(at) })));
  for (const { uid, target } of pairs) marks.note(target, uid, "1");
  await marks.stop();
  const lists = await Promise.all(uids.map((uid) => conversations.list(uid, undefined, USERS)));
  expect(lists.flatMap(({ found }) => found.map(({ unread }) => unread))).toEqual(pairs.map(() => 0));
});
