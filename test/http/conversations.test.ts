import { expect, test } from "bun:test";
import type { Login, Peer } from "../support/peer.ts";
import { Reader, textOf } from "../support/reader.ts";
import { onEachDatabase } from "../support/services.ts";
import { NOBODY, stageOn, TIGHT } from "../support/stage.ts";

onEachDatabase("conversations", (kind) => {
  const stage = stageOn(kind);
  const reader = (login: Login) => new Reader(stage, login);

  async function two(): Promise<{ ana: Peer; ben: Login; anaReads: Reader; benReads: Reader }> {
    const [one, ben] = await stage.people(2);
    return { ana: await stage.open(one!), ben: ben!, anaReads: reader(one!), benReads: reader(ben!) };
  }

  test("what two people wrote is kept in order, whether they were online or not", async () => {
    const { ana, ben, anaReads, benReads } = await two();
    ana.send(ben.uid, { data: "while ben is away", msgId: 2n ** 64n - 1n, timestampMs: 1_700_000_000_123n });
    const online = await stage.open(ben);
    await online.frames(1);
    ana.send(ben.uid, { data: "while he is here", timestampMs: 2n ** 63n });
    await online.frames(1);
    online.send(ana.uid, { data: "an answer" });
    await ana.frames(1);

    const messages = await benReads.kept(ana.uid, 3);
    expect(messages.map(textOf)).toEqual(["an answer", "while he is here", "while ben is away"]);
    expect(messages.map(({ from, to }) => [from, to])).toEqual([
      [ben.uid, ana.uid],
      [ana.uid, ben.uid],
      [ana.uid, ben.uid],
    ]);
    expect(messages[2]).toMatchObject({ msg_id: String(2n ** 64n - 1n), timestamp: 1_700_000_000_123 });
    expect(messages[1]).toMatchObject({ msg_id: "0", timestamp: String(2n ** 63n) });
    expect(Math.abs(messages[0]!.stored_at - Date.now())).toBeLessThan(60_000);
    expect((await anaReads.history(ben.uid)).messages).toEqual(messages);
  });

  test("a frame that was sent again is there once, one that says the same twice", async () => {
    const { ana, ben, benReads } = await two();
    const again = ana.send(ben.uid, { msgId: 7n, data: "sent again" });
    ana.sendBytes(again);
    ana.send(ben.uid, { msgId: 7n, data: "another with its id" });
    for (const data of ["ok", "ok"]) ana.send(ben.uid, { data });
    ana.send(ben.uid, { data: "last" });
    const messages = await benReads.kept(ana.uid, 5);
    expect(messages.map(textOf)).toEqual(["last", "ok", "ok", "another with its id", "sent again"]);
    await benReads.sees(ana.uid, { unread: 5 });
  });

  test("the list has each conversation once, newest first, with its last message and how much is unread", async () => {
    const { ana, ben, anaReads, benReads } = await two();
    const [cat] = await stage.people(1);
    for (const data of ["1", "2", "3"]) ana.send(ben.uid, { data });
    ana.send(cat!.uid, { data: "to cat" });
    await reader(cat!).kept(ana.uid, 1);
    const { conversations, next } = await anaReads.conversations();
    expect(conversations.map(({ peer, unread }) => ({ peer, unread }))).toEqual([
      { peer: cat!.uid, unread: 0 },
      { peer: ben.uid, unread: 0 },
    ]);
    expect(conversations.map(({ last }) => textOf(last))).toEqual(["to cat", "3"]);
    expect(next).toBeNull();
    expect((await benReads.conversations()).conversations).toMatchObject([
      { peer: ana.uid, unread: 3, peer_read: null },
    ]);

    const first = await anaReads.conversations({ limit: 1 });
    expect(first.conversations.map(({ peer }) => peer)).toEqual([cat!.uid]);
    const second = await anaReads.conversations({ limit: 1, cursor: first.next! });
    expect(second.conversations.map(({ peer }) => peer)).toEqual([ben.uid]);
    expect(second.next).toBeNull();
  });

  test("pages go back without a gap while new messages come, and forward from where a client was", async () => {
    const { ana, ben, benReads } = await two();
    for (let i = 1; i <= 7; i++) ana.send(ben.uid, { data: `${i}` });
    await benReads.kept(ana.uid, 7);
    const first = await benReads.history(ana.uid, { limit: 3 });
    expect(first.messages.map(textOf)).toEqual(["7", "6", "5"]);
    for (let i = 8; i <= 10; i++) ana.send(ben.uid, { data: `${i}` });
    await benReads.kept(ana.uid, 10);
    const second = await benReads.history(ana.uid, { limit: 3, before: first.next! });
    expect(second.messages.map(textOf)).toEqual(["4", "3", "2"]);
    const third = await benReads.history(ana.uid, { limit: 3, before: second.next! });
    expect(third.messages.map(textOf)).toEqual(["1"]);
    expect(third.next).toBeNull();

    const known = first.messages[0]!.id;
    const newer = await benReads.history(ana.uid, { limit: 2, after: known });
    expect(newer.messages.map(textOf)).toEqual(["8", "9"]);
    const newest = await benReads.history(ana.uid, { limit: 2, after: newer.next! });
    expect(newest.messages.map(textOf)).toEqual(["10"]);
    expect(newest.next).toBeNull();
  });

  test("a page ends after a mebibyte of data, and the next one goes on from there", async () => {
    const { ana, ben, benReads } = await two();
    for (let i = 0; i < 20; i++) ana.send(ben.uid, { data: Buffer.alloc(65_000, i) });
    const seen: number[] = [];
    while ((await benReads.conversations()).conversations[0]?.unread !== 20);
    for (let before: number | undefined; ; ) {
      const { messages, next } = await benReads.history(ana.uid, { limit: 200, ...(before && { before }) });
      expect(messages.length).toBeLessThan(18);
      seen.push(...messages.map(({ data }) => Buffer.from(data, "base64")[0]!));
      if (next === null) break;
      before = next;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
  });

  test("reading is noted by the call, wholly or up to a message, and the peer can see how far", async () => {
    const { ana, ben, anaReads, benReads } = await two();
    for (let i = 1; i <= 5; i++) ana.send(ben.uid, { data: `${i}`, msgId: BigInt(i) });
    const messages = await benReads.kept(ana.uid, 5);
    const idOf = (msgId: number) => messages.find(({ msg_id }) => msg_id === String(msgId))!.id;
    expect((await benReads.ask("/mark_read", { peer: ana.uid, msg_id: 3 })).body).toEqual({
      success: true,
      msg: "",
      rs: "",
    });
    await benReads.sees(ana.uid, { unread: 2, peer_read: null });
    await anaReads.sees(ben.uid, { peer_read: idOf(3) });
    // Nothing is ever unread again.
    await benReads.ask("/mark_read", { peer: ana.uid, msg_id: 1 });
    await benReads.sees(ana.uid, { unread: 2 });
    await benReads.ask("/mark_read", { peer: ana.uid });
    await benReads.sees(ana.uid, { unread: 0 });
    await anaReads.sees(ben.uid, { peer_read: idOf(5) });
  });

  test("the socket's read does the same, for a message that has yet to be written too", async () => {
    const [one, other] = await stage.people(2);
    const [ana, ben] = [await stage.open(one!, { v2: true }), await stage.open(other!, { v2: true })];
    ana.send(ben.uid, { data: "hello", msgId: 41n });
    ana.send(ben.uid, { data: "there", msgId: 42n });
    await ben.frames(2);
    ben.sendText({ type: "read", peer: ana.uid, msgId: "42" });
    expect(await ana.next("read")).toEqual({ type: "read", by: ben.uid, msgId: "42" });
    const [newest] = await reader(other!).kept(ana.uid, 2);
    await reader(other!).sees(ana.uid, { unread: 0 });
    await reader(one!).sees(ben.uid, { peer_read: newest!.id });
  });

  test("notes to oneself are a conversation of their own, never unread", async () => {
    const { ana, anaReads } = await two();
    ana.send(ana.uid, { data: "buy milk" });
    expect((await anaReads.kept(ana.uid, 1)).map(textOf)).toEqual(["buy milk"]);
    expect((await anaReads.conversations()).conversations).toMatchObject([{ peer: ana.uid, unread: 0 }]);
    await anaReads.ask("/mark_read", { peer: ana.uid });
    await anaReads.sees(ana.uid, { unread: 0 });
  });

  test("what was written to nobody, or came damaged, is not kept", async () => {
    const { ana, ben, benReads, anaReads } = await two();
    ana.send(NOBODY, { data: "is anybody there" });
    const damaged = ana.frame(ben.uid, { data: "damaged" });
    damaged[33]! ^= 1;
    ana.sendBytes(damaged);
    ana.send(ben.uid, { data: "whole" });
    expect((await benReads.kept(ana.uid, 1)).map(textOf)).toEqual(["whole"]);
    expect((await anaReads.conversations()).conversations.map(({ peer }) => peer)).toEqual([ben.uid]);
    expect((await anaReads.history(NOBODY)).messages).toEqual([]);
  });

  test("what a blocked one wrote is not kept, what was said before is", async () => {
    const { ana, ben, benReads, anaReads } = await two();
    ana.send(ben.uid, { data: "before" });
    await benReads.kept(ana.uid, 1);
    expect((await benReads.ask("/block", { uid: ana.uid })).body.success).toBe(true);
    ana.send(ben.uid, { data: "while blocked" });
    // It is taken after that one.
    ana.send(ana.uid, { data: "to myself" });
    await anaReads.kept(ana.uid, 1);
    expect((await benReads.history(ana.uid)).messages.map(textOf)).toEqual(["before"]);
    await benReads.sees(ana.uid, { unread: 1 });
  });

  test("only the two see it, and only with a token, as argument or in the header", async () => {
    const { ana, ben, benReads } = await two();
    ana.send(ben.uid, { data: "between us" });
    await benReads.kept(ana.uid, 1);
    const [eve] = await stage.people(1);
    expect((await reader(eve!).history(ana.uid)).messages).toEqual([]);
    expect((await reader(eve!).conversations()).conversations).toEqual([]);
    const client = await stage.client();
    for (const path of ["/conversations", "/history", "/mark_read"]) {
      expect(await client.get(path, { peer: ana.uid })).toMatchObject({ status: 401, body: { code: "bad_token" } });
      const stale = { peer: ana.uid, token: "1".repeat(32) };
      expect(await client.form(path, stale)).toMatchObject({ status: 401, body: { code: "bad_token" } });
    }
    const headers = { Authorization: `Bearer ${ben.token}` };
    const { body } = await client.get("/history", { peer: ana.uid }, { headers });
    expect(body.rs.messages.map(textOf)).toEqual(["between us"]);
    for (const args of [{ limit: 201 }, { limit: 0 }, { before: 1, after: 1 }, { before: "x" }]) {
      expect(await benReads.ask("/history", { peer: ana.uid, ...args })).toMatchObject({
        status: 400,
        body: { code: "bad_argument" },
      });
    }
  });
});

onEachDatabase("a server that keeps no history", (kind) => {
  const stage = stageOn(kind, TIGHT);

  test("says so, and relays all the same", async () => {
    const [one, other] = await stage.people(2);
    const [ana, ben] = [await stage.open(one!, { v2: true }), await stage.open(other!, { v2: true })];
    ana.send(ben.uid, { data: "hello", msgId: 1n });
    await ben.frames(1);
    ben.sendText({ type: "read", peer: ana.uid, msgId: "1" });
    expect(await ana.next("read")).toMatchObject({ by: ben.uid });
    for (const path of ["/conversations", "/history", "/mark_read"]) {
      expect(await new Reader(stage, other!).ask(path, { peer: ana.uid })).toMatchObject({
        status: 404,
        body: { success: false, code: "not_found", msg: expect.stringContaining("HISTORY_DAYS") },
      });
    }
  });
});
