import { afterEach, describe, expect, test } from "bun:test";
import type { Server, WebSocketHandler } from "bun";
import { rawNats } from "../../bench/raw-nats.ts";
import { bareBun } from "../../bench/servers.ts";
import { closedLoop } from "../../src/cli/load/engine/closed-loop.ts";
import { Connection } from "../../src/cli/load/engine/connection.ts";
import { frameBlock, maskedFrame } from "../../src/cli/load/engine/frames.ts";
import { OPCODE, WireError, WireReader } from "../../src/cli/load/engine/wire-reader.ts";
import { startServer } from "../../src/cli/load/target/server-process.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { NO_NATS, startNats } from "../support/nats.ts";
import { suiteUnless } from "../support/needs.ts";

interface User {
  uid: string;
}

let server: Server<User> | undefined;
let servers: Server<User>[] = [];
afterEach(async () => {
  await Promise.all(servers.map((each) => each.stop(true)));
  servers = [];
});

/** A relay as small as can be; `websocket` adds to or replaces its handlers. */
function relay(websocket: Partial<WebSocketHandler<User>> = {}): URL {
  server = Bun.serve<User>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, self) {
      const uid = new URL(request.url).searchParams.get("uid") ?? "";
      if (uid !== "0" && self.upgrade(request, { data: { uid } })) return;
      return new Response(null, { status: 401 });
    },
    websocket: {
      open: (ws) => void ws.subscribe(ws.data.uid),
      message: (ws, message) => {
        if (typeof message !== "string") server?.publish(String(message.readBigUInt64BE(8)), message);
        else ws.send(message);
      },
      ...websocket,
    },
  });
  servers.push(server);
  return new URL(`ws://127.0.0.1:${server.port}/wsconn`);
}

const logins = (count: number) => Array.from({ length: count }, (_, index) => ({ uid: index + 1, token: "1" }));

const frameFrom = (uid: number, target: number) =>
  encodeFrame({ uid, target, msgId: 0n, timestampMs: 0n, data: new Uint8Array(64) }, Bun.hash.crc32);

describe("frames", () => {
  test.each([
    [0, 6],
    [125, 131],
    [126, 134],
    [65_535, 65_543],
    [65_536, 65_550],
  ])("a payload of %d bytes is masked into %d that a server reads", async (size, wireSize) => {
    const got = Promise.withResolvers<Buffer>();
    const url = relay({ maxPayloadLength: 100_000, message: (_ws, message) => got.resolve(message as Buffer) });
    const payload = crypto.getRandomValues(new Uint8Array(size));
    const wire = maskedFrame(OPCODE.binary, payload);
    expect(wire.length).toBe(wireSize);
    const connection = await Connection.open(url, logins(1)[0]!, {});
    connection.send(frameBlock(wire, 1), 1);
    expect(new Uint8Array(await got.promise)).toEqual(payload);
    connection.terminate();
  });
});

/** Unmasked server frames of every header length, whole and fragmented, with control frames between. */
const STREAM = Buffer.concat([
  Buffer.from([0x82, 3, 1, 2, 3]),
  Buffer.from([0x89, 4, 0xde, 0xad, 0xbe, 0xef]),
  Buffer.from([0x82, 0]),
  Buffer.from([0x82, 126, 0, 130]),
  Buffer.alloc(130, 0x82),
  Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
  Buffer.alloc(65_536, 0x88),
  Buffer.from([0x02, 1, 7]),
  Buffer.from([0x89, 0]),
  Buffer.from([0x80, 1, 8]),
  Buffer.from([0x81, 2, 0x68, 0x69]),
  Buffer.from([0x88, 2, 0x03, 0xe9]),
]);

const DEAF = { control: () => {} };

describe("reading a stream", () => {
  test.each([1, 2, 3, 7, 131, 65_536, STREAM.length])("cut into chunks of %d bytes it reads the same", (size) => {
    const controls: [number, string][] = [];
    const reader = new WireReader({
      control: (opcode, payload) => controls.push([opcode, Buffer.from(payload).toString("hex")]),
    });
    for (let at = 0; at < STREAM.length; at += size) reader.read(STREAM.subarray(at, at + size));
    expect(reader.binaries).toBe(5);
    expect(reader.texts).toBe(1);
    expect(controls).toEqual([
      [OPCODE.ping, "deadbeef"],
      [OPCODE.ping, ""],
      [OPCODE.close, "03e9"],
    ]);
  });

  test.each([1, 2, 3, 7, 131, 65_536, STREAM.length])(
    "cut into chunks of %d bytes it hands over the same messages",
    (size) => {
      const messages: string[] = [];
      const reader = new WireReader(
        { ...DEAF, message: (bytes, from, to) => messages.push(Bun.hash.crc32(bytes.subarray(from, to)).toString(16)) },
        true,
      );
      for (let at = 0; at < STREAM.length; at += size) reader.read(STREAM.subarray(at, at + size));
      const payloads = [
        Uint8Array.of(1, 2, 3),
        "",
        Buffer.alloc(130, 0x82),
        Buffer.alloc(65_536, 0x88),
        Uint8Array.of(7, 8),
      ];
      expect(messages).toEqual(payloads.map((payload) => Bun.hash.crc32(payload).toString(16)));
      expect(reader.binaries).toBe(5);
    },
  );

  test("a message counts when its last byte arrives, and no sooner", () => {
    const reader = new WireReader(DEAF);
    reader.read(Uint8Array.of(0x82, 2, 1));
    expect(reader.binaries).toBe(0);
    reader.read(Uint8Array.of(2));
    expect(reader.binaries).toBe(1);
  });

  test("a masked frame and an oversized control frame from a server are refused", () => {
    expect(() => new WireReader(DEAF).read(Uint8Array.of(0x82, 0x81))).toThrow(WireError);
    expect(() => new WireReader(DEAF).read(Uint8Array.of(0x89, 126, 0, 126))).toThrow(WireError);
  });
});

describe("a connection", () => {
  test("answers pings in order, each with its payload, between frames that wait for a slow server", async () => {
    const pongs: string[] = [];
    const last = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    let messages = 0;
    const url = relay({
      open(ws) {
        for (let i = 0; i < 20; i++) ws.ping(`ping ${i}`);
      },
      message() {
        // Time: slow enough that the client's socket fills up and its writes are cut anywhere.
        if (messages++ % 1000 === 0) Bun.sleepSync(1);
        if (messages === 150_000) all.resolve();
      },
      pong(_ws, data) {
        pongs.push(data.toString());
        if (pongs.length === 20) last.resolve();
      },
    });
    const connection = await Connection.open(url, logins(1)[0]!, {});
    const block = frameBlock(maskedFrame(OPCODE.binary, frameFrom(1, 2)), 100_000);
    connection.send(block, 150_000);
    expect(connection.pendingBytes).toBeGreaterThan(0);
    await last.promise;
    await all.promise;
    expect(pongs).toEqual(Array.from({ length: 20 }, (_, i) => `ping ${i}`));
    expect(connection.pings).toBe(20);
    expect(connection.closeCode).toBeUndefined();
    connection.terminate();
  });

  test("answers every ping of a read, however many, before what it sends because of that read", async () => {
    const pings = 3000;
    const got: string[] = [];
    const last = Promise.withResolvers<void>();
    const url = relay({
      open(ws) {
        ws.cork(() => {
          for (let i = 0; i < pings; i++) ws.ping(`ping ${i}`);
          ws.send(frameFrom(2, 1));
        });
      },
      message: () => last.resolve(),
      pong: (_ws, data) => void got.push(data.toString()),
    });
    const block = frameBlock(maskedFrame(OPCODE.binary, frameFrom(1, 2)), 1);
    const connection = await Connection.open(url, logins(1)[0]!, { onBinaries: (self) => self.send(block, 1) });
    await last.promise;
    expect(got).toEqual(Array.from({ length: pings }, (_, i) => `ping ${i}`));
    connection.terminate();
  });

  test("keeps the order of what waits and what is sent after it", async () => {
    await using peer = await startServer(bareBun);
    const total = 200_000;
    const all = Promise.withResolvers<void>();
    const connection = await Connection.open(new URL(peer.url), logins(1)[0]!, {
      onBinaries: (self) => self.reader.binaries === total && all.resolve(),
      onEnd: (self) => all.reject(new Error(`closed with ${self.closeCode}`)),
    });
    const block = frameBlock(maskedFrame(OPCODE.binary, frameFrom(1, 1)), total / 2);
    connection.send(block, total / 2);
    expect(connection.pendingBytes).toBeGreaterThan(0);
    // Time: the kernel takes more meanwhile, but no drain event can come: the next write must still wait its turn.
    Bun.sleepSync(100);
    connection.send(block, total / 2);
    await all.promise;
    connection.terminate();
  });

  test("notes the code with which the server closes", async () => {
    const ended = Promise.withResolvers<number | undefined>();
    const url = relay({ open: (ws) => ws.close(4002, "replaced") });
    await Connection.open(url, logins(1)[0]!, { onEnd: (self) => ended.resolve(self.closeCode) });
    expect(await ended.promise).toBe(4002);
  });

  test("that ends without a close frame has code 1006", async () => {
    const ended = Promise.withResolvers<number | undefined>();
    const url = relay({ open: (ws) => ws.terminate() });
    await Connection.open(url, logins(1)[0]!, { onEnd: (self) => ended.resolve(self.closeCode) });
    expect(await ended.promise).toBe(1006);
  });

  test("that is refused says the HTTP status", async () => {
    await expect(Connection.open(relay(), { uid: 0, token: "1" }, {})).rejects.toThrow("401");
  });
});

suiteUnless(NO_NATS, "the closed loop through NATS alone", () => {
  test("accounts for every message", async () => {
    await using nats = await startNats();
    const options = { users: 8, inFlight: 4, bytes: 100, warmUpSeconds: 0.05, seconds: 0.2 };
    const result = await rawNats({ ...options, url: nats.url });
    expect(result.received).toBe(result.sent);
    expect(result.sent).toBeGreaterThan(32);
    expect(result.messagesPerSecond).toBeGreaterThan(0);
  });

  test("fails where there is no NATS", async () => {
    const options = { users: 2, inFlight: 1, bytes: 100, warmUpSeconds: 0, seconds: 0.1 };
    await expect(rawNats({ ...options, url: "nats://127.0.0.1:1" })).rejects.toThrow("ended");
  });
});

describe("the closed loop", () => {
  const shape = { logins: logins(8), inFlight: 4, dataBytes: 64, warmUpSeconds: 0.05, seconds: 0.2 };

  test("accounts for every frame", async () => {
    let relayed = 0;
    const url = relay({
      message(_ws, message) {
        relayed++;
        server?.publish(String((message as Buffer).readBigUInt64BE(8)), message);
      },
    });
    const result = await closedLoop({ ...shape, urls: [url.href], serverPids: [process.pid] });
    expect(result.received).toBe(result.sent);
    expect(relayed).toBe(result.sent);
    expect(result.sent).toBeGreaterThan(32);
    expect(result.messagesPerSecond).toBeGreaterThan(0);
    expect(result.closed).toEqual([]);
    expect(result.clientCpu).toBeGreaterThan(0);
  });

  test("puts the two users of each pair on different nodes", async () => {
    const uids: string[][] = [];
    const urls = Array.from({ length: 2 }, (_, node) => {
      uids[node] = [];
      return relay({ open: (ws) => void uids[node]!.push(ws.data.uid) }).href;
    });
    // These nodes are not joined, so nothing arrives.
    await closedLoop({ ...shape, urls, drainSeconds: 0 });
    const odd = (uid: string) => Number(uid) % 2 === 1;
    expect(uids.map((each) => each.length)).toEqual([4, 4]);
    expect([uids[0]!.every(odd), uids[1]!.some(odd)]).toEqual([true, false]);
  });

  test("says what was lost and who was thrown out", async () => {
    let relayed = 0;
    const url = relay({
      message(ws, message) {
        if (relayed++ === 10) ws.close(1008);
        else if (relayed % 2 === 0) server?.publish(String((message as Buffer).readBigUInt64BE(8)), message);
      },
    });
    const result = await closedLoop({ ...shape, urls: [url.href], drainSeconds: 0.2 });
    expect(result.sent).toBeGreaterThan(result.received);
    expect(result.closed).toEqual([1008]);
  });
});
