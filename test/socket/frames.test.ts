import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { crc32, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { NOBODY, stageOn, TIGHT, TIGHT_LIMITS } from "../support/stage.ts";
import { until } from "../support/until.ts";

const MAX_U64 = 2n ** 64n - 1n;

/** A frame whose CRC is right, whatever its ids. */
function rawFrame(uid: bigint, target: bigint, data = "x"): Buffer {
  const frame = Buffer.alloc(36 + data.length);
  frame.writeBigUInt64BE(uid, 0);
  frame.writeBigUInt64BE(target, 8);
  frame.write(data, 32);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

/** Turns of the event loop in which the server, in this process, reads what it was sent. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

onEachDatabase("frames between sockets", (kind) => {
  const stage = stageOn(kind);

  /** A sender, a target, and nothing in between. */
  const pair = async (): Promise<[Peer, Peer]> => [await stage.peer(), await stage.peer()];

  test("a frame reaches every open socket of its target byte for byte, and nobody else", async () => {
    const [login, sender, bystander] = [await stage.join(), await stage.peer(), await stage.peer()];
    const sockets = [await stage.open(login), await stage.open(login, { v2: true }), await stage.open(login)];
    const sent = sender.send(login.uid, { msgId: 7n, timestampMs: 1n, data: randomBytes(3000) });
    for (const socket of sockets) expect(await socket.nextFrame()).toEqual(Buffer.from(sent));
    expect([await sender.soFar(), await bystander.soFar()]).toEqual([[], []]);
    for (const socket of sockets.reverse()) {
      expect(await socket.soFar()).toEqual([]);
      for (const other of sockets) if (other !== socket) await other.nextFrame();
    }
  });

  test.each([
    ["0", 0n, 0n],
    ["the largest", MAX_U64, MAX_U64],
    ["above 2^53", 2n ** 53n + 1n, 2n ** 63n],
  ])("message id and timestamp pass as they are: %s", async (_, msgId, timestampMs) => {
    const [sender, target] = await pair();
    const sent = sender.send(target.uid, { msgId, timestampMs });
    expect(await target.nextFrame()).toEqual(Buffer.from(sent));
  });

  test("the same message id twice from a plain client is two frames", async () => {
    const [sender, target] = await pair();
    for (const data of ["one", "two"]) sender.send(target.uid, { msgId: 1n, data });
    expect(await target.data(2)).toEqual(["one", "two"]);
  });

  test("a frame without data passes", async () => {
    const [sender, target] = await pair();
    const sent = sender.send(target.uid);
    expect(sent.length).toBe(36);
    expect(await target.nextFrame()).toEqual(Buffer.from(sent));
  });

  test("a frame to oneself reaches all of one's sockets, the sending one too", async () => {
    const login = await stage.join();
    const sockets = [await stage.open(login), await stage.open(login), await stage.open(login)];
    const sent = sockets[1]!.send(login.uid, { data: "note" });
    for (const socket of sockets) expect(await socket.nextFrame()).toEqual(Buffer.from(sent));
  });

  test("thousands of frames keep their order per sender", async () => {
    const [one, other, target] = [await stage.peer(), await stage.peer(), await stage.peer()];
    const count = 2000;
    for (const sender of [one, other]) {
      const wire = Array.from({ length: count }, (_, i) =>
        wireFrame(OPCODE.binary, sender.frame(target.uid, { timestampMs: BigInt(i) })),
      );
      sender.write(Buffer.concat(wire));
    }
    const frames = await target.frames(2 * count);
    for (const { uid } of [one, other]) {
      const order = frames
        .filter((frame) => Number(frame.readBigUInt64BE(0)) === uid)
        .map((f) => f.readBigUInt64BE(24));
      expect(order).toEqual(Array.from({ length: count }, (_, i) => BigInt(i)));
    }
  });

  test("a message may come in fragments, with a ping between them", async () => {
    const [sender, target] = await pair();
    const frame = sender.frame(target.uid, { data: "in pieces" });
    sender.write(wireFrame(OPCODE.binary, frame.subarray(0, 10), false));
    sender.write(wireFrame(OPCODE.ping, Buffer.from("still here")));
    sender.write(wireFrame(OPCODE.continuation, frame.subarray(10, 11), false));
    sender.write(wireFrame(OPCODE.continuation, new Uint8Array(), false));
    sender.write(wireFrame(OPCODE.continuation, frame.subarray(11)));
    expect(await target.nextFrame()).toEqual(Buffer.from(frame));
  });

  test("several messages may come in one segment, the last one cut in two", async () => {
    const [sender, target] = await pair();
    const names = ["a", "b", "c", "d"];
    const wire = Buffer.concat(names.map((data) => wireFrame(OPCODE.binary, sender.frame(target.uid, { data }))));
    sender.write(wire.subarray(0, -5));
    expect(await target.data(3)).toEqual(names.slice(0, 3));
    sender.write(wire.subarray(-5));
    expect(await target.data(1)).toEqual(["d"]);
  });

  test("a message may come one byte at a time", async () => {
    const [sender, target] = await pair();
    const frame = sender.frame(target.uid, { data: "slowly" });
    for (const byte of wireFrame(OPCODE.binary, frame)) {
      sender.write(Uint8Array.of(byte));
      await turn();
    }
    expect(await target.nextFrame()).toEqual(Buffer.from(frame));
  });
});

onEachDatabase("frames that are refused", (kind) => {
  const stage = stageOn(kind);

  test("another sender's uid: dropped, closed with 1008, and nothing after it in the same segment is relayed", async () => {
    const [forger, victim, target] = [await stage.peer(), await stage.peer(), await stage.peer()];
    const before = await stage.frames("forged");
    const forged = encodeFrame(
      { uid: victim.uid, target: target.uid, msgId: 0n, timestampMs: 0n, data: Buffer.from("forged") },
      crc32,
    );
    const honest = forger.frame(target.uid, { data: "after" });
    forger.write(Buffer.concat([wireFrame(OPCODE.binary, forged), wireFrame(OPCODE.binary, honest)]));
    expect(await forger.closed).toBe(1008);
    victim.send(target.uid, { data: "honest" });
    expect(await target.data(1)).toEqual(["honest"]);
    expect((await stage.frames("forged")) - before).toBe(1);
  });

  test.each([
    ["0", 0n],
    ["above 2^53-1", 2n ** 53n],
    ["the socket's own with a high bit", undefined],
  ])("a sender's uid that is %s is another's: 1008", async (_, uid) => {
    const [forger, target] = [await stage.peer(), await stage.peer()];
    forger.sendBytes(rawFrame(uid ?? BigInt(forger.uid) | (1n << 63n), BigInt(target.uid)));
    expect(await forger.closed).toBe(1008);
    expect(await target.soFar()).toEqual([]);
  });

  const malformed: [string, (sender: Peer, target: number) => Uint8Array][] = [
    ["empty", () => new Uint8Array()],
    ["one byte short", (sender, target) => rawFrame(BigInt(sender.uid), BigInt(target), "").subarray(0, 35)],
    ["wrong CRC", (sender, target) => flip(sender.frame(target, { data: "x" }), -1)],
    ["flipped data", (sender, target) => flip(sender.frame(target, { data: "x" }), 32)],
    ["flipped target", (sender, target) => flip(sender.frame(target, { data: "x" }), 15)],
    ["target 0", (sender) => rawFrame(BigInt(sender.uid), 0n)],
    ["target 2^53", (sender) => rawFrame(BigInt(sender.uid), 2n ** 53n)],
    ["target 2^64-1", (sender) => rawFrame(BigInt(sender.uid), MAX_U64)],
    ["the target with a high bit", (sender, target) => rawFrame(BigInt(sender.uid), BigInt(target) | (1n << 56n))],
  ];
  test.each(malformed)("%s: dropped and counted, and the socket goes on", async (_, make) => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const before = await stage.frames("malformed");
    sender.sendBytes(make(sender, target.uid));
    sender.send(target.uid, { data: "next" });
    expect(await target.data(1)).toEqual(["next"]);
    expect((await stage.frames("malformed")) - before).toBe(1);
  });

  test("a target of 2^53-1 is well-formed", async () => {
    const sender = await stage.peer();
    const before = await stage.frames("malformed");
    sender.send(Number.MAX_SAFE_INTEGER);
    await sender.sync();
    expect((await stage.frames("malformed")) - before).toBe(0);
  });

  test("the 15th malformed frame within a minute is dropped, the 16th closes with 1008", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const bad = flip(sender.frame(target.uid), 0);
    for (let i = 0; i < 15; i++) sender.sendBytes(bad);
    sender.send(target.uid, { data: "after 15" });
    expect(await target.data(1)).toEqual(["after 15"]);
    await sender.sync();
    const after = wireFrame(OPCODE.binary, sender.frame(target.uid, { data: "after 16" }));
    sender.write(Buffer.concat([wireFrame(OPCODE.binary, bad), after]));
    expect(await sender.closed).toBe(1008);
    expect(await target.soFar()).toEqual([]);
  });

  test("text from a client that did not ask for polyge.v2: 1003", async () => {
    const sender = await stage.peer();
    sender.sendText("hello");
    expect(await sender.closed).toBe(1003);
  });

  test("a frame for nobody is stored for nobody", async () => {
    const sender = await stage.peer();
    const gauges = ["polyge_unconfirmed_bytes", "polyge_mailbox_queue_bytes"];
    await until("what other tests' sockets left is stored", async () => {
      const left = await Promise.all(gauges.map((name) => stage.metric(name)));
      return (await stage.metric("polyge_sockets")) === 1 && left.every((bytes) => bytes === 0);
    });
    const [unknown, stored] = [await stage.frames("unknown_user"), await stage.frames("stored")];
    sender.send(NOBODY);
    await sender.sync();
    // A socket is brought up to date once all that came before is settled.
    const witness = await stage.peer();
    witness.send(witness.uid);
    await witness.nextFrame();
    expect((await stage.frames("unknown_user")) - unknown).toBe(1);
    expect((await stage.frames("stored")) - stored).toBe(0);
  });

  const limit = 65_536;
  test("a frame of MAX_FRAME_BYTES passes, whole and in fragments", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const frame = sender.frame(target.uid, { data: randomBytes(limit - 36) });
    expect(frame.length).toBe(limit);
    sender.sendBytes(frame);
    sender.write(wireFrame(OPCODE.binary, frame.subarray(0, 40_000), false));
    sender.write(wireFrame(OPCODE.continuation, frame.subarray(40_000)));
    expect(await target.frames(2)).toEqual([Buffer.from(frame), Buffer.from(frame)]);
  });

  test.each([
    ["one byte more", limit + 1, limit + 1],
    ["far more", 10 * limit, 10 * limit],
    ["one byte more in fragments", limit + 1, 40_000],
  ])("larger than MAX_FRAME_BYTES, %s: 1009", async (_, size, first) => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const frame = sender.frame(target.uid, { data: new Uint8Array(size - 36) });
    sender.write(wireFrame(OPCODE.binary, frame.subarray(0, first), first === size));
    if (first < size) sender.write(wireFrame(OPCODE.continuation, frame.subarray(first)));
    expect(await sender.closed).toBe(1009);
    expect(await target.soFar()).toEqual([]);
  });

  test.each([
    ["an unmasked message", Buffer.from([0x82, 0x01, 0x00])],
    ["an unknown opcode", wireFrame(3, new Uint8Array(3))],
    ["a fragmented ping", wireFrame(OPCODE.ping, new Uint8Array(3), false)],
    ["a continuation of nothing", wireFrame(OPCODE.continuation, new Uint8Array(3))],
    ["a ping of 126 bytes", wireFrame(OPCODE.ping, new Uint8Array(126))],
    ["text that is no UTF-8", wireFrame(OPCODE.text, Uint8Array.of(0xff, 0xfe))],
  ])("what RFC 6455 forbids ends this connection and no other: %s", async (_, wire) => {
    const [rude, sender, target] = [await stage.peer(), await stage.peer(), await stage.peer()];
    rude.write(wire);
    expect([1002, 1003, 1006, 1007]).toContain(await rude.closed);
    sender.send(target.uid, { data: "unmoved" });
    expect(await target.data(1)).toEqual(["unmoved"]);
  });
});

onEachDatabase("a small MAX_FRAME_BYTES", (kind) => {
  const stage = stageOn(kind, TIGHT);
  const limit = TIGHT_LIMITS.frameBytes;

  test.each([
    [limit - 1, true],
    [limit, true],
    [limit + 1, false],
    // Text may be longer than a frame may be here, so that these are refused by different parts.
    [8193, false],
    [8194, false],
    [100_000, false],
  ])("a frame of %d bytes passes: %p", async (size, passes) => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const frame = sender.send(target.uid, { data: new Uint8Array(size - 36) });
    if (passes) expect(await target.nextFrame()).toEqual(Buffer.from(frame));
    else expect(await sender.closed).toBe(1009);
    expect(await target.soFar()).toEqual([]);
  });

  test("a polyge.v2 client is told bye first", async () => {
    const sender = await stage.peer({ v2: true });
    sender.send(sender.uid, { data: new Uint8Array(limit) });
    expect(await sender.next("bye")).toEqual({ type: "bye", code: 1009, retryAfterMs: 0 });
    expect(await sender.closed).toBe(1009);
  });
});

/** Flips one bit of the byte at `at`, counted from the end where negative. */
function flip(frame: Uint8Array, at: number): Uint8Array {
  frame[at < 0 ? frame.length + at : at]! ^= 1;
  return frame;
}
