import { expect, test } from "bun:test";
import { crc32, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { NOBODY, stageOn, TIGHT, TIGHT_LIMITS } from "../support/stage.ts";

const V2 = { v2: true };

onEachDatabase("asking for polyge.v2", (kind) => {
  const stage = stageOn(kind);

  test.each(["polyge.v2", "chat, polyge.v2", "polyge.v2,chat", " polyge.v2 , polyge.v3"])(
    "offered as %j: chosen, and hello comes first",
    async (offers) => {
      const peer = await stage.peer({ offers });
      expect(peer.head).toMatch(/^sec-websocket-protocol: polyge\.v2$/im);
      expect(peer.head.match(/^sec-websocket-protocol:/gim)).toHaveLength(1);
      await peer.next("hello");
      expect(peer.textOrder[0]).toBe("hello");
    },
  );

  test.each([undefined, "chat", "polyge.v1, polyge.v22", "POLYGE.V2", "xpolyge.v2"])(
    "offered as %j: not chosen, and text closes with 1003",
    async (offers) => {
      const peer = await stage.peer(offers === undefined ? {} : { offers });
      expect(peer.head).not.toMatch(/^sec-websocket-protocol/im);
      expect(await peer.soFar()).toEqual([]);
      peer.sendText({ type: "typing", to: peer.uid });
      expect(await peer.closed).toBe(1003);
      expect(peer.textOrder).toEqual([]);
    },
  );

  test("hello tells the user and the limits", async () => {
    const peer = await stage.peer(V2);
    expect(await peer.next("hello")).toEqual({
      type: "hello",
      uid: peer.uid,
      limits: {
        maxFrameBytes: 65_536,
        maxMessageBytes: 8192,
        maxWatched: 500,
        messageRate: 2000,
        messageBurst: 20_000,
        gotIntervalMs: 100,
        resendWindowMs: 600_000,
      },
    });
  });
});

onEachDatabase("acks", (kind) => {
  const stage = stageOn(kind);

  test("stored for a user who is offline, delivered once she has confirmed", async () => {
    const [sender, login] = [await stage.peer(V2), await stage.join()];
    sender.send(login.uid, { msgId: 2n ** 64n - 1n });
    const about = { type: "ack", to: login.uid, msgId: "18446744073709551615" };
    expect(await sender.next("ack")).toEqual({ ...about, status: "stored" } as never);
    const target = await stage.open(login, { answersPings: false });
    const ping = await target.nextPing();
    await sender.sync();
    expect(sender.untakenTexts("ack")).toEqual([]);
    target.pong(ping);
    expect(await sender.next("ack")).toEqual({ ...about, status: "delivered" } as never);
  });

  test("delivered alone for a user who is online", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    await target.soFar();
    for (const msgId of [1n, 2n, 3n]) sender.send(target.uid, { msgId });
    for (const msgId of ["1", "2", "3"]) {
      expect(await sender.next("ack")).toEqual({ type: "ack", to: target.uid, msgId, status: "delivered" });
    }
  });

  test("stored, then delivered, for one whose socket ended before it confirmed", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer({ answersPings: false })];
    sender.send(target.uid, { msgId: 5n });
    await target.nextFrame();
    target.cut();
    expect(await sender.next("ack")).toMatchObject({ msgId: "5", status: "stored" });
    await stage.open(target.login);
    expect(await sender.next("ack")).toMatchObject({ msgId: "5", status: "delivered" });
  });

  test("not for message id 0", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    sender.send(target.uid, { msgId: 0n });
    sender.send(target.uid, { msgId: 9n });
    expect(await sender.next("ack")).toMatchObject({ msgId: "9" });
  });

  test("to every polyge.v2 socket that the sender has by then, not to her plain ones nor to others", async () => {
    const [login, target] = [await stage.join(), await stage.peer({ answersPings: false })];
    const [plain, first] = [await stage.open(login), await stage.open(login, V2)];
    const other = await stage.peer(V2);
    first.send(target.uid, { msgId: 1n });
    const ping = await target.nextPing();
    first.cut();
    const second = await stage.open(login, V2);
    await second.soFar();
    target.pong(ping);
    expect(await second.next("ack")).toMatchObject({ to: target.uid, msgId: "1", status: "delivered" });
    await Promise.all([plain.sync(), other.sync()]);
    expect([plain.textOrder, other.untakenTexts("ack")]).toEqual([[], []]);
  });
});

onEachDatabase("got", (kind) => {
  const stage = stageOn(kind);

  /** Ends a socket and opens the next. */
  const reopen = async (peer: Peer): Promise<Peer> => {
    peer.cut();
    await stage.offline(peer.uid);
    return stage.open(peer.login, V2);
  };

  test("confirms the first n frames of the socket, stored and live ones; a pong does not", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    const send = (...names: string[]) => names.forEach((data) => void sender.send(login.uid, { data }));
    send("stored 1", "stored 2");
    await sender.sync();
    let target = await stage.open(login, V2);
    send("live 1", "live 2", "live 3");
    await target.frames(5);
    for (const payload of [Buffer.alloc(0), Buffer.from([0, 0, 0, 1])]) target.pong(payload);
    await target.sync();
    target = await reopen(target);
    expect(await target.data(5)).toEqual(["stored 1", "stored 2", "live 1", "live 2", "live 3"]);
    target.sendText({ type: "got", n: 1 });
    await target.sync();
    target = await reopen(target);
    expect(await target.data(4)).toEqual(["stored 2", "live 1", "live 2", "live 3"]);
    send("live 4", "live 5");
    await target.frames(2);
    target.sendText({ type: "got", n: 5 });
    await target.sync();
    target = await reopen(target);
    expect(await target.data(1)).toEqual(["live 5"]);
    target.sendText({ type: "got", n: 1 });
    await target.sync();
    expect(await (await reopen(target)).soFar()).toEqual([]);
  });

  test("acks the frames that it confirms, and them only", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer(V2)];
    for (const msgId of [1n, 2n, 3n]) sender.send(target.uid, { msgId });
    await target.frames(3);
    target.sendText({ type: "got", n: 2 });
    target.sendText({ type: "got", n: 1 });
    for (const msgId of ["1", "2"]) expect(await sender.next("ack")).toMatchObject({ msgId, status: "delivered" });
    await target.sync();
    await sender.sync();
    expect(sender.untakenTexts("ack")).toEqual([]);
  });

  test("of more frames than were sent is an error and confirms nothing", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer(V2)];
    sender.send(target.uid, { data: "a" });
    await target.nextFrame();
    target.sendText({ type: "got", n: 2 });
    expect(await target.next("error")).toMatchObject({ code: "bad_message" });
    expect(await (await reopen(target)).data(1)).toEqual(["a"]);
  });

  test("counts from the socket's own first frame where others are confirmed before it opened", async () => {
    const [sender, first] = [await stage.peer(), await stage.peer(V2)];
    for (const data of ["a", "b", "c"]) sender.send(first.uid, { data });
    await first.frames(3);
    first.sendText({ type: "got", n: 2 });
    await first.sync();
    const second = await stage.open(first.login, V2);
    sender.send(first.uid, { data: "d" });
    expect(await second.data(2)).toEqual(["c", "d"]);
    second.sendText({ type: "got", n: 1 });
    await second.sync();
    first.cut();
    expect(await (await reopen(second)).data(1)).toEqual(["d"]);
  });
});

onEachDatabase("nacks", (kind) => {
  const stage = stageOn(kind);
  const tight = stageOn(kind, TIGHT);

  test("unknown_user", async () => {
    const sender = await stage.peer(V2);
    sender.send(NOBODY, { msgId: 3n });
    expect(await sender.next("nack")).toEqual({ type: "nack", to: NOBODY, msgId: "3", code: "unknown_user" });
  });

  test("bad_crc, and the frame sent again whole is delivered", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    const frame = sender.frame(target.uid, { msgId: 4n, data: "whole" });
    const broken = Buffer.from(frame);
    broken[33]! ^= 4;
    sender.sendBytes(broken);
    expect(await sender.next("nack")).toEqual({ type: "nack", to: target.uid, msgId: "4", code: "bad_crc" });
    sender.sendBytes(frame);
    expect(await target.data(1)).toEqual(["whole"]);
  });

  test("mailbox_full, and the frame is new when it is sent again", async () => {
    const [sender, login] = [await tight.peer(V2), await tight.join()];
    const last = TIGHT_LIMITS.mailFrames + 1;
    for (let i = 1; i <= last; i++) sender.send(login.uid, { msgId: BigInt(i) });
    const about = { to: login.uid, msgId: String(last) };
    expect(await sender.next("nack")).toEqual({ type: "nack", ...about, code: "mailbox_full" });
    const target = await tight.open(login);
    await target.frames(last - 1);
    sender.send(login.uid, { msgId: BigInt(last), data: "again" });
    expect(await target.data(1)).toEqual(["again"]);
  });

  test("one for each of 16 broken frames, then bye and 1008", async () => {
    const sender = await stage.peer(V2);
    const wire = Array.from({ length: 16 }, (_, i) => {
      const frame = sender.frame(sender.uid, { msgId: BigInt(i + 1) });
      frame[35]! ^= 1;
      return wireFrame(OPCODE.binary, frame);
    });
    sender.write(Buffer.concat(wire));
    for (let i = 1; i <= 16; i++)
      expect(await sender.next("nack")).toMatchObject({ msgId: String(i), code: "bad_crc" });
    expect(await sender.next("bye")).toMatchObject({ code: 1008 });
    expect(await sender.closed).toBe(1008);
  });

  test("a plain client is told nothing", async () => {
    const sender = await stage.peer();
    sender.send(NOBODY, { msgId: 1n });
    expect(await sender.soFar()).toEqual([]);
    expect(sender.textOrder).toEqual([]);
  });

  test("a target that does not confirm is told bye before it is closed for what it has not confirmed", async () => {
    const target = await tight.peer(V2);
    const senders = [await tight.peer(), await tight.peer(), await tight.peer()];
    await target.soFar();
    for (const sender of senders) {
      for (let i = 0; i < 25; i++) sender.send(target.uid, { data: new Uint8Array(900) });
    }
    expect(await target.next("bye")).toMatchObject({ code: 1013, retryAfterMs: expect.any(Number) });
    expect(await target.closed).toBe(1013);
  });
});

onEachDatabase("a frame sent again", (kind) => {
  const stage = stageOn(kind);

  test("is acked again and not delivered again, also over a new connection", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    const frame = sender.send(target.uid, { msgId: 8n, data: "once" });
    const ack = { type: "ack", to: target.uid, msgId: "8", status: "delivered" } as const;
    expect(await sender.next("ack")).toEqual(ack);
    sender.sendBytes(frame);
    expect(await sender.next("ack")).toEqual(ack);
    sender.cut();
    await stage.offline(sender.uid);
    const again = await stage.open(sender.login, V2);
    again.sendBytes(frame);
    expect(await again.next("ack")).toEqual(ack);
    expect(await target.data(1)).toEqual(["once"]);
    expect(await target.soFar()).toEqual([]);
  });

  test("to a user who is offline is stored once", async () => {
    const [sender, login] = [await stage.peer(V2), await stage.join()];
    const frame = sender.send(login.uid, { msgId: 8n, data: "once" });
    sender.sendBytes(frame);
    expect(await sender.next("ack")).toMatchObject({ status: "stored" });
    sender.sendBytes(frame);
    expect(await sender.next("ack")).toMatchObject({ status: "stored" });
    expect(await (await stage.open(login)).data(1)).toEqual(["once"]);
    await sender.sync();
  });

  test("is another where sender, target or message id is another", async () => {
    const [one, other] = [await stage.peer(V2), await stage.peer(V2)];
    const [first, second] = [await stage.peer(), await stage.peer()];
    one.send(first.uid, { msgId: 8n, data: "a" });
    one.send(second.uid, { msgId: 8n, data: "b" });
    one.send(first.uid, { msgId: 9n, data: "c" });
    await one.sync();
    other.send(first.uid, { msgId: 8n, data: "d" });
    expect(await first.data(3)).toEqual(["a", "c", "d"]);
    expect(await second.data(1)).toEqual(["b"]);
  });

  test("with message id 0 is delivered each time", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    for (const data of ["a", "a"]) sender.send(target.uid, { data });
    expect(await target.data(2)).toEqual(["a", "a"]);
  });
});

onEachDatabase("presence, typing, read", (kind) => {
  const stage = stageOn(kind);

  test("a watcher is told how each stands, and of each change until she unwatches", async () => {
    const [watcher, login, friend] = [await stage.peer(V2), await stage.join(), await stage.peer()];
    watcher.sendText({ type: "watch", uids: [login.uid, friend.uid] });
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: login.uid, online: false });
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: friend.uid, online: true });
    const [first, second] = [await stage.open(login), await stage.open(login)];
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: login.uid, online: true });
    await first.close();
    await second.close();
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: login.uid, online: false });
    watcher.sendText({ type: "unwatch", uids: [login.uid] });
    await watcher.sync();
    await stage.open(login);
    friend.cut();
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: friend.uid, online: false });
  });

  test("500 users may be watched, not 501, in one message or in several", async () => {
    const watcher = await stage.peer(V2);
    const uids = Array.from({ length: 501 }, (_, i) => NOBODY + i);
    watcher.sendText({ type: "watch", uids });
    expect(await watcher.next("error")).toMatchObject({ code: expect.stringMatching(/^(bad_message|too_large)$/) });
    const parts = [uids.slice(0, 250), uids.slice(250, 500)];
    for (const part of parts) watcher.sendText({ type: "watch", uids: part });
    await watcher.sync();
    watcher.sendText({ type: "watch", uids: parts[0] });
    watcher.sendText({ type: "watch", uids: [uids[500]] });
    expect(await watcher.next("error")).toMatchObject({ code: "too_many" });
    expect(watcher.untakenTexts("presence")).toHaveLength(750);
    watcher.sendText({ type: "unwatch", uids: [uids[0]] });
    watcher.sendText({ type: "watch", uids: [uids[500]] });
    expect(await watcher.next("presence")).toMatchObject({ uid: uids[500]!, online: false });
  });

  test("typing and read reach the peer's polyge.v2 sockets, with the sender's uid", async () => {
    const [sender, login] = [await stage.peer(V2), await stage.join()];
    const [one, two, plain] = [await stage.open(login, V2), await stage.open(login, V2), await stage.open(login)];
    sender.sendText({ type: "typing", to: login.uid, from: login.uid });
    sender.sendText({ type: "read", peer: login.uid, msgId: "18446744073709551615" });
    for (const socket of [one, two]) {
      expect(await socket.next("typing")).toEqual({ type: "typing", from: sender.uid });
      expect(await socket.next("read")).toEqual({ type: "read", by: sender.uid, msgId: "18446744073709551615" });
    }
    expect(await plain.soFar()).toEqual([]);
    sender.sendText({ type: "typing", to: NOBODY });
    await sender.sync();
    expect(sender.untakenTexts("error")).toEqual([]);
  });
});

onEachDatabase("text that cannot be carried out", (kind) => {
  const stage = stageOn(kind);

  test.each([
    ["empty", ""],
    ["no JSON", "hello"],
    ["no object", "[]"],
    ["null", "null"],
    ["no type", "{}"],
    ["unknown type", '{"type":"shout"}'],
    ["a server's type", '{"type":"bye","code":1000,"retryAfterMs":0}'],
    ["got without n", '{"type":"got"}'],
    ["got of less than nothing", '{"type":"got","n":-1}'],
    ["got of a fraction", '{"type":"got","n":0.5}'],
    ["watch of user 0", '{"type":"watch","uids":[0]}'],
    ["a uid as text", '{"type":"typing","to":"1"}'],
    ["a uid above 2^53-1", '{"type":"typing","to":9007199254740992}'],
    ["a message id as number", '{"type":"read","peer":1,"msgId":1}'],
    ["a message id of 21 digits", `{"type":"read","peer":1,"msgId":"${"1".repeat(21)}"}`],
  ])("%s: error bad_message, and the socket goes on", async (_, text) => {
    const peer = await stage.peer(V2);
    peer.sendText(text);
    expect(await peer.next("error")).toMatchObject({ type: "error", code: "bad_message", msg: expect.any(String) });
    peer.sendText({ type: "typing", to: peer.uid });
    await peer.next("typing");
  });

  test("8 KiB of UTF-8 are read, one byte more gets error too_large", async () => {
    const peer = await stage.peer(V2);
    const message = (bytes: number) => {
      const bare = JSON.stringify({ type: "typing", to: peer.uid, pad: "" });
      const left = bytes - bare.length;
      return bare.replace('""', `"${"é".repeat(Math.floor(left / 2))}${"x".repeat(left % 2)}"`);
    };
    expect(Buffer.byteLength(message(8192))).toBe(8192);
    peer.sendText(message(8192));
    await peer.next("typing");
    for (const bytes of [8193, 60_000]) {
      peer.sendText(message(bytes));
      expect(await peer.next("error")).toMatchObject({ code: "too_large" });
    }
  });

  test("a broken frame without a message id gets no nack", async () => {
    const peer = await stage.peer(V2);
    const short = Buffer.alloc(30);
    short.writeUInt32BE(crc32(short.subarray(0, 26)), 26);
    peer.sendBytes(short);
    await peer.sync();
    expect(peer.untakenTexts("nack")).toEqual([]);
  });
});
