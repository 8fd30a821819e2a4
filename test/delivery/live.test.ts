import { expect, test } from "bun:test";
import { CONFIRM_INTERVAL_MS, HURRY_BYTES } from "../../src/delivery/confirmation.ts";
import { dataOf, OPCODE, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

onEachDatabase("frames for a user who is online", (kind) => {
  const stage = stageOn(kind);

  test("come again at the next connection where the socket was cut before its pong", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    for (const data of ["a", "b"]) sender.send(target.uid, { data });
    expect(await target.data(2)).toEqual(["a", "b"]);
    target.cut();
    await stage.offline(target.uid);
    sender.send(target.uid, { data: "c" });
    await sender.sync();
    expect(await (await stage.open(target.login)).data(3)).toEqual(["a", "b", "c"]);
  });

  test("do not come again once the ping after them was answered; those after that ping do", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    sender.send(target.uid, { data: "confirmed" });
    await target.nextFrame();
    const ping = await target.nextPing();
    sender.send(target.uid, { data: "later" });
    await target.nextFrame();
    target.pong(ping);
    await target.sync();
    target.cut();
    await stage.offline(target.uid);
    const again = await stage.open(target.login);
    expect((await again.soFar()).map(dataOf)).toEqual(["later"]);
  });

  test.each([
    ["empty", () => Buffer.alloc(0)],
    ["the ping's number plus one", (ping: Buffer) => Buffer.from([...ping.subarray(0, 3), ping[3]! + 1])],
    ["the ping's and more", (ping: Buffer) => Buffer.concat([ping, Buffer.from("x")])],
    ["all zeros", () => Buffer.alloc(4)],
  ])("are not confirmed by a pong whose payload is another: %s", async (_, payload) => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    sender.send(target.uid, { data: "a" });
    await target.nextFrame();
    target.pong(payload(await target.nextPing()));
    await target.sync();
    target.cut();
    await stage.offline(target.uid);
    expect(await (await stage.open(target.login)).data(1)).toEqual(["a"]);
  });

  test("are not confirmed by a pong that nobody asked for, nor by an earlier ping's pong sent again", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    for (const id of [0, 1, 2]) target.pong(Buffer.from([0, 0, 0, id]));
    sender.send(target.uid, { data: "a" });
    await target.nextFrame();
    const first = await target.nextPing();
    target.pong(first);
    sender.send(target.uid, { data: "b" });
    await target.nextFrame();
    await target.nextPing();
    target.pong(first);
    await target.sync();
    target.cut();
    await stage.offline(target.uid);
    expect((await (await stage.open(target.login)).soFar()).map(dataOf)).toEqual(["b"]);
  });

  test("are confirmed by a pong that comes late", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    sender.send(target.uid, { data: "a" });
    const ping = await target.nextPing();
    for (const data of ["b", "c", "d"]) {
      sender.send(target.uid, { data });
      await sender.sync();
    }
    target.pong(ping);
    target.pong(await target.nextPing());
    await target.sync();
    target.cut();
    await stage.offline(target.uid);
    expect(await (await stage.open(target.login)).soFar()).toEqual([]);
  });

  test("are delivered when one socket has confirmed them: another that dies first is not replayed to", async () => {
    const login = await stage.join();
    const [dying, living] = [await stage.open(login, { answersPings: false }), await stage.open(login)];
    const sender = await stage.peer({ v2: true });
    sender.send(login.uid, { msgId: 1n, data: "a" });
    await dying.nextFrame();
    expect(await sender.next("ack")).toMatchObject({ status: "delivered" });
    dying.cut();
    living.cut();
    await stage.offline(login.uid);
    expect(await (await stage.open(login)).soFar()).toEqual([]);
  });

  test("a second socket gets what the first has not confirmed, and nothing that it has", async () => {
    const [sender, first] = [await stage.peer(), await stage.peer({ answersPings: false })];
    sender.send(first.uid, { data: "confirmed" });
    first.pong(await first.nextPing());
    await first.sync();
    sender.send(first.uid, { data: "unconfirmed" });
    await sender.sync();
    const second = await stage.open(first.login);
    expect((await second.soFar()).map(dataOf)).toEqual(["unconfirmed"]);
  });

  test("a first socket that never answers holds nothing up: all arrive at the new one at once, in order", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    const names = ["stored 1", "stored 2", "live 1", "live 2", "new 1", "new 2"];
    for (const data of names.slice(0, 2)) sender.send(login.uid, { data });
    await sender.sync();
    const dead = await stage.open(login, { answersPings: false });
    await dead.frames(2);
    dead.stopReading();
    for (const data of names.slice(2, 4)) sender.send(login.uid, { data });
    await sender.sync();
    const target = await stage.open(login);
    for (const data of names.slice(4)) sender.send(login.uid, { data });
    expect(await target.data(6)).toEqual(names);
    expect(await target.soFar()).toEqual([]);
  });

  test("a reader that falls too far behind is closed, and finds every frame, in order, when it comes back", async () => {
    // A socket that has yet to be sent what is stored is not closed for what comes meanwhile.
    const [sender, slow] = [await stage.peer(), await stage.silent()];
    slow.stopReading();
    const evicted = await stage.metric('polyge_sockets_evicted_total{reason="behind"}');
    const count = 300;
    for (let i = 0; i < count; i++) {
      sender.send(slow.uid, { timestampMs: BigInt(i), data: new Uint8Array(60_000) });
      if (i % 20 === 0) await sender.sync();
    }
    await sender.sync();
    expect(await stage.metric('polyge_sockets_evicted_total{reason="behind"}')).toBe(evicted + 1);
    const again = await stage.open(slow.login);
    const order = (await again.frames(count)).map((frame) => Number(frame.readBigUInt64BE(24)));
    expect(order).toEqual(Array.from({ length: count }, (_, i) => i));
  }, 20_000);

  test("are held in memory until they are confirmed, and no longer", async () => {
    const [sender, target] = [await stage.peer({ v2: true }), await stage.peer({ answersPings: false })];
    await target.soFar();
    target.pong(await target.nextPing());
    await target.sync();
    // What sockets of other tests left behind can only become less.
    const before = await stage.metric("polyge_unconfirmed_bytes");
    for (let i = 1; i <= 50; i++) sender.send(target.uid, { msgId: BigInt(i), data: new Uint8Array(10_000) });
    await target.frames(50);
    expect(await stage.metric("polyge_unconfirmed_bytes")).toBeGreaterThan(before + 400_000);
    const ping = await target.nextPing();
    target.answersPings = true;
    target.pong(ping);
    while ((await sender.next("ack")).msgId !== "50");
    expect(await stage.metric("polyge_unconfirmed_bytes")).toBeLessThanOrEqual(before);
  });

  test("are asked about at once, whatever the interval, when many bytes wait for it", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    const tookMs: number[] = [];
    for (let round = 0; round < 8; round++) {
      const began = performance.now();
      for (let n = 0; n < 4; n++) sender.send(target.uid, { data: Buffer.alloc(HURRY_BYTES / 4) });
      for (let n = 0; n < 4; n++) await target.nextFrame();
      target.pong(await target.nextPing());
      await target.sync();
      tookMs.push(performance.now() - began);
    }
    // The first ping needs no hurry, and a busy machine may be slow at times, but never faster than the interval without.
    expect(Math.min(...tookMs.slice(2))).toBeLessThan(CONFIRM_INTERVAL_MS / 2);
  });

  test("are asked about while the relay is busy with others, even where no further frame comes", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer({ answersPings: false })];
    const [talker, listener] = [await stage.peer(), await stage.peer()];
    const noise = wireFrame(OPCODE.binary, talker.frame(listener.uid));
    const crowd = Buffer.concat(Array.from({ length: 18_000 }, () => noise));
    // The first is asked about at once, the second waits for the interval, in which the crowd passes.
    sender.send(target.uid, { data: "first" });
    target.pong(await target.nextPing());
    await target.sync();
    sender.send(target.uid, { data: "second" });
    talker.write(crowd);
    target.pong(await target.nextPing());
    await target.sync();
    target.cut();
    await stage.offline(target.uid);
    expect(await (await stage.open(target.login)).soFar()).toEqual([]);
    await listener.frames(18_000);
  });

  test("a user who reconnects all the time, answering pings or not, misses nothing", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    const seen = new Set<number>();
    let sent = 0;
    for (let round = 0; round < 15; round++) {
      const target = await stage.open(login, { answersPings: round % 2 === 0 });
      for (let i = 0; i < 20; i++) sender.send(login.uid, { data: String(sent++) });
      const frames = await target.frames(7);
      target.cut();
      // What the client had when it answered a ping is confirmed, whether or not the test has looked at it.
      const order = [...frames, ...target.untaken()].map((frame) => Number(dataOf(frame)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      for (const each of order) seen.add(each);
    }
    await sender.sync();
    for (const frame of await (await stage.open(login)).soFar()) seen.add(Number(dataOf(frame)));
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, i) => i));
  });
});
