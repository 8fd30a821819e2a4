import { expect, test } from "bun:test";
import { eq, inArray, sql } from "drizzle-orm";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { Conversations } from "../../src/store/conversations.ts";
import { History, type NewMessage } from "../../src/store/history.ts";
import { messages } from "../../src/store/history-schema.ts";
import { users } from "../../src/store/schema.ts";
import { onEachDatabase, sharedDatabase } from "../support/services.ts";
import { NOBODY } from "../support/stage.ts";
import { userRows } from "../support/user-rows.ts";

const DAYS = 30;

let prints = 0n;
const message = (
  uid: number,
  target: number,
  text: string,
  fingerprint = ++prints + BigInt(Date.now()),
): NewMessage => ({
  frame: encodeFrame({ uid, target, msgId: 0n, timestampMs: 0n, data: Buffer.from(text) }, Bun.hash.crc32),
  fingerprint,
});

onEachDatabase("the history's repository", (kind) => {
  const open = async (count: number) => {
    const database = await sharedDatabase(kind);
    const uids = await userRows(database, count);
    const conversations = new Conversations(database);
    const texts = async (one: number, other: number) =>
      (await conversations.before(one, other, undefined, 1000)).found.map(({ data }) => Buffer.from(data).toString());
    const list = async (owner: number) =>
      (await conversations.list(owner, undefined, 100)).found.map(({ peer, unread }) => ({ peer, unread }));
    return { database, uids, history: new History(database, DAYS), conversations, texts, list };
  };
  type Opened = Awaited<ReturnType<typeof open>>;

  /** Makes what a user has sent or got so far older than it may be. */
  const age = ({ database }: Opened, uid: number) =>
    database.run((db) =>
      db
        .update(messages)
        .set({ storedAt: sql`now() - make_interval(days => ${DAYS}, secs => 1)` })
        .where(sql`${messages.low} = ${uid} or ${messages.high} = ${uid}`),
    );

  test("a batch that is written again is there once, and counts once", async () => {
    const { uids, history, texts, list } = await open(2);
    const [ana, ben] = uids as [number, number];
    const batch = ["1", "2", "3"].map((text) => message(ana, ben, text));
    await history.append(batch);
    await history.append(batch);
    expect(await texts(ana, ben)).toEqual(["3", "2", "1"]);
    expect(await list(ben)).toEqual([{ peer: ana, unread: 3 }]);
  });

  test("batches written at once by several nodes neither wait for each other for ever nor lose a count", async () => {
    const { uids, history, conversations, list } = await open(6);
    const others = uids.slice(1);
    const [ana] = uids as [number];
    await Promise.all(
      Array.from({ length: 8 }, (_, node) => {
        const targets = node % 2 === 0 ? others : others.toReversed();
        return history.append(targets.flatMap((uid) => [message(ana, uid, `${node}`), message(uid, ana, `${node}`)]));
      }),
    );
    for (const uid of others) {
      expect(await list(uid)).toEqual([{ peer: ana, unread: 8 }]);
      const { found } = await conversations.after(ana, uid, 0, 100);
      expect(found.length).toBe(16);
      expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).toSorted((a, b) => a - b));
    }
    expect(await list(ana)).toHaveLength(5);
  });

  test("what is too old goes, in steps, and with it what it added; a conversation that it emptied goes too", async () => {
    const opened = await open(3);
    const { uids, history, conversations, texts, list } = opened;
    const [ana, ben, cat] = uids as [number, number, number];
    const many = history.largestBatch + 5;
    for (let from = 0; from < many; from += 100) {
      await history.append(
        Array.from({ length: Math.min(100, many - from) }, (_, i) => message(ana, ben, `${from + i}`)),
      );
    }
    await history.append([message(cat, ana, "old")]);
    await age(opened, ana);
    await history.append([message(ana, ben, "young"), message(ben, ana, "too")]);
    await conversations.markRead([{ owner: ana, peer: cat, msgId: undefined }]);
    expect(await list(ben)).toEqual([{ peer: ana, unread: many + 1 }]);

    const counts = await Promise.all([history.expire(), history.expire()]);
    expect(counts[0]! + counts[1]!).toBe(many + 1);
    expect(await texts(ana, ben)).toEqual(["too", "young"]);
    expect(await list(ben)).toEqual([{ peer: ana, unread: 1 }]);
    expect(await list(ana)).toEqual([{ peer: ben, unread: 1 }]);
    expect(await list(cat)).toEqual([]);
    expect(await history.expire()).toBe(0);
  });

  test("what was read stays read when the messages before it go", async () => {
    const opened = await open(2);
    const { uids, history, conversations, list } = opened;
    const [ana, ben] = uids as [number, number];
    await history.append([message(ana, ben, "read"), message(ana, ben, "read too")]);
    await conversations.markRead([{ owner: ben, peer: ana, msgId: undefined }]);
    await age(opened, ana);
    await history.append([message(ana, ben, "not read")]);
    await history.expire();
    expect(await list(ben)).toEqual([{ peer: ana, unread: 1 }]);
  });

  test("marks say which messages are not there; one mark's failure is not another's", async () => {
    const { uids, history, conversations, list } = await open(3);
    const [ana, ben, cat] = uids as [number, number, number];
    await history.append([message(ana, ben, "with id 0"), message(ana, cat, "other")]);
    const there = { owner: ben, peer: ana, msgId: 0n };
    const missing = { owner: cat, peer: ana, msgId: 9n };
    const nowhere = { owner: ben, peer: cat, msgId: undefined };
    expect(await conversations.markRead([missing, there, nowhere])).toEqual([missing, nowhere]);
    expect(await list(ben)).toEqual([{ peer: ana, unread: 0 }]);
    expect(await list(cat)).toEqual([{ peer: ana, unread: 1 }]);
  });

  test("an account's end takes its conversations along, the peers' side too", async () => {
    const { database, uids, history, conversations, texts } = await open(3);
    const [ana, ben, cat] = uids as [number, number, number];
    await history.append([
      message(ana, ben, "a"),
      message(ben, cat, "b"),
      message(ana, cat, "c"),
      message(ben, ben, "d"),
    ]);
    await database.run((db) => db.delete(users).where(inArray(users.uid, [ben])));
    expect(await texts(ana, ben)).toEqual([]);
    expect(await texts(ben, ben)).toEqual([]);
    expect((await conversations.list(ana, undefined, 10)).found.map(({ peer }) => peer)).toEqual([cat]);
    expect((await conversations.list(cat, undefined, 10)).found.map(({ peer }) => peer)).toEqual([ana]);
    const left = await database.run((db) =>
      db.select({ id: messages.id }).from(messages).where(eq(messages.sender, ben)),
    );
    expect(left).toEqual([]);
    // Its frames may still be on their way.
    await history.append([message(ben, ana, "late"), message(ana, NOBODY, "nobody"), message(cat, ana, "fine")]);
    expect(await texts(ana, cat)).toEqual(["fine", "c"]);
  });
});
