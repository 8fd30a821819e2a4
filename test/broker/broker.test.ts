/** What `Broker` promises, on a NATS server of the test's own. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { LocalBroker } from "../../src/broker/local.ts";
import { NatsBroker } from "../../src/broker/nats.ts";
import { openLog } from "../../src/log.ts";
import { StartError } from "../../src/store/failures.ts";
import { Ear } from "../support/broker-ear.ts";
import { type NatsServer, NO_NATS, startNats } from "../support/nats.ts";
import { suiteUnless } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { startProxy } from "../support/proxy.ts";

const ANA = 7;
const BEN = 8;
/** Three pings of 5 s, and what a busy machine adds. */
const FROZEN_MS = 25_000;

const lines: string[] = [];
const log = openLog("info", "json", { write: (line) => void lines.push(line) });
const opened: NatsBroker[] = [];

async function node(url: string, ...users: number[]): Promise<Ear> {
  const broker = await NatsBroker.connect(url, log);
  opened.push(broker);
  const ear = new Ear(broker);
  for (const uid of users) broker.enter(uid);
  if (broker.connected) await broker.settled();
  return ear;
}

/** All that `from` has sent has reached `to` when this resolves: the server keeps the order of one connection. */
async function passed(from: Ear, to: Ear): Promise<void> {
  const before = to.heard.length;
  from.broker.sendToNode(to.broker.node, "passed");
  await to.atLeast(before + 1);
  while ((to.heard.at(-1) as { nodeMessage?: string }).nodeMessage !== "passed") await to.atLeast(to.heard.length + 1);
  to.heard.pop();
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((broker) => broker.close()));
  lines.length = 0;
});

test("a node alone reaches nobody and says so", async () => {
  const broker = new LocalBroker();
  const ear = new Ear(broker);
  broker.enter(ANA);
  broker.sendFrame();
  broker.ask();
  broker.leave(ANA);
  await broker.settled();
  await broker.close();
  expect([broker.connected, broker.pendingBytes, ear.heard]).toEqual([false, 0, []]);
});

suiteUnless(NO_NATS, "nodes on NATS", () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats?.stop());

  test("every node has a name of its own, without dots and spaces", async () => {
    const names = (await Promise.all([node(nats.url), node(nats.url)])).map(({ broker }) => broker.node);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[\w-]{8,}$/);
  });

  test("a frame reaches every other node that the user has a socket on, with its tag", async () => {
    const [a, b, c, d] = [
      await node(nats.url, ANA),
      await node(nats.url, ANA),
      await node(nats.url, ANA, BEN),
      await node(nats.url, BEN),
    ];
    a.broker.sendFrame(ANA, Buffer.from("你好"), "n-1.x_2.33");
    a.broker.sendFrame(BEN, Buffer.from(""), "t");
    for (const ear of [b, c, d]) await passed(a, ear);
    const hello = { frame: Buffer.from("你好").toString("latin1"), uid: ANA, tag: "n-1.x_2.33" };
    expect(b.heard).toEqual([hello]);
    expect(c.heard).toEqual([hello, { frame: "", uid: BEN, tag: "t" }]);
    expect(d.heard).toEqual([{ frame: "", uid: BEN, tag: "t" }]);
  });

  test("a message to all reaches every other node, whatever users it has", async () => {
    const [a, b, c] = [await node(nats.url, ANA), await node(nats.url, ANA), await node(nats.url)];
    a.broker.sendToAll("to all");
    for (const ear of [b, c]) {
      await passed(a, ear);
      expect(ear.heard).toEqual([{ nodeMessage: "to all" }]);
    }
  });

  test("a node never gets its own messages", async () => {
    const [a, b] = [await node(nats.url, ANA), await node(nats.url, ANA)];
    a.broker.sendFrame(ANA, Buffer.from("frame"), "t");
    a.broker.sendToUser(ANA, "text");
    a.broker.sendToAll("text");
    await passed(a, b);
    await passed(b, a);
    expect(a.heard).toEqual([]);
  });

  test("frames of 1 byte to 64 KiB and messages between them keep order and bytes", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url, ANA)];
    const sent: string[] = [];
    for (let i = 0; i < 400; i++) {
      const frame = Buffer.alloc(i % 40 === 0 ? 65_536 : 1 + ((i * 379) % 3000), i);
      a.broker.sendFrame(ANA, frame, `t.${i}`);
      sent.push(`t.${i} ${Bun.hash.crc32(frame)}`);
      if (i % 7 === 0) a.broker.sendToUser(ANA, `after ${i}`);
      if (i % 7 === 0) sent.push(`after ${i}`);
      if (i % 50 === 0) await a.broker.settled();
    }
    await passed(a, b);
    const heard = b.heard.map((each) => {
      if ("message" in each) return each.message;
      return "frame" in each ? `${each.tag} ${Bun.hash.crc32(Buffer.from(each.frame, "latin1"))}` : "?";
    });
    expect(heard).toEqual(sent);
  });

  test("a frame that is kept keeps nothing else in memory", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url, ANA)];
    for (let i = 0; i < 500; i++) a.broker.sendFrame(ANA, Buffer.alloc(100), "t");
    await passed(a, b);
    expect(b.frames.length).toBe(500);
    for (const frame of b.frames) expect([frame instanceof Buffer, frame.buffer.byteLength]).toEqual([true, 100]);
  });

  test("enter and leave count from the moment they are settled", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url)];
    for (let round = 0; round < 3; round++) {
      a.broker.sendToUser(ANA, "too early");
      await a.broker.settled();
      b.broker.enter(ANA);
      await b.broker.settled();
      a.broker.sendToUser(ANA, `round ${round}`);
      await passed(a, b);
      b.broker.leave(ANA);
      await b.broker.settled();
    }
    a.broker.sendToUser(ANA, "too late");
    await passed(a, b);
    expect(b.heard).toEqual([0, 1, 2].map((round) => ({ message: `round ${round}`, uid: ANA })));
  });

  test("a question that no other node hears is told so, whether or not the user is here", async () => {
    const [a, b] = [await node(nats.url, ANA), await node(nats.url, 9)];
    a.broker.ask(ANA, "who has Ana?", 1);
    a.broker.ask(BEN, "who has Ben?", Number.MAX_SAFE_INTEGER);
    a.broker.ask(9, "who has nine?", 3);
    await passed(a, b);
    await passed(b, a);
    expect(a.heard).toEqual([{ nobody: 1 }, { nobody: Number.MAX_SAFE_INTEGER }]);
    expect(b.heard).toEqual([{ message: "who has nine?", uid: 9 }]);
  });

  test("a frame that nobody gets comes back as nothing", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url)];
    a.broker.sendFrame(ANA, Buffer.from("x"), "t");
    await passed(a, b);
    await passed(b, a);
    expect([a.heard, b.heard]).toEqual([[], []]);
  });

  test("handlers are never called from within a call", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url, ANA)];
    a.broker.ask(BEN, "?", 1);
    b.broker.sendToNode(a.broker.node, "hello");
    expect(a.heard).toEqual([]);
    await a.atLeast(2);
  });

  test("close sends what is pending", async () => {
    const [a, b] = [await node(nats.url), await node(nats.url, ANA)];
    for (let i = 0; i < 1000; i++) a.broker.sendFrame(ANA, Buffer.alloc(5000), String(i));
    expect(a.broker.pendingBytes).toBeGreaterThan(0);
    await a.broker.close();
    expect([a.broker.connected, a.broker.pendingBytes]).toEqual([false, 0]);
    await b.atLeast(1000);
    expect(b.frames.length).toBe(1000);
  });

  test("a server that restarts: away, then back with every user, and nothing from in between", async () => {
    await using own = await startNats();
    const [a, b] = [await node(own.url, BEN), await node(own.url, ANA)];
    await own.stop();
    await Promise.all([a.until(false), b.until(false)]);
    expect(a.broker.connected).toBe(false);
    expect(a.broker.settled()).rejects.toThrow("away");
    for (let i = 0; i < 1000; i++) a.broker.sendFrame(ANA, Buffer.alloc(1000), "while-away");
    expect(a.broker.pendingBytes).toBe(0);
    b.broker.enter(10);
    b.broker.enter(11);
    b.broker.leave(11);
    await own.start();
    await Promise.all([a.until(true), b.until(true)]);
    for (const uid of [ANA, 10, 11]) a.broker.ask(uid, "still there?", uid);
    await passed(a, b);
    await passed(b, a);
    const news = [{ connected: false }, { connected: true }];
    expect(b.heard).toEqual([...news, { message: "still there?", uid: ANA }, { message: "still there?", uid: 10 }]);
    expect(a.heard).toEqual([...news, { nobody: 11 }]);
    expect(lines.filter((line) => line.includes("NATS is away")).length).toBe(2);
  });

  test("a connection that breaks is made again", async () => {
    await using proxy = await startProxy(nats.port);
    const [a, b] = [await node(`nats://127.0.0.1:${proxy.port}`, ANA), await node(nats.url)];
    for (let round = 0; round < 3; round++) {
      proxy.cut();
      await a.until(false);
      await a.until(true);
      b.broker.sendToUser(ANA, `round ${round}`);
      await passed(b, a);
      expect(a.heard.at(-1)).toEqual({ message: `round ${round}`, uid: ANA });
    }
  });

  test(
    "a frozen connection is found, also with much to be written, and what it held never comes",
    async () => {
      await using proxy = await startProxy(nats.port);
      const [a, b] = [await node(`nats://127.0.0.1:${proxy.port}`), await node(nats.url, ANA)];
      a.broker.sendFrame(ANA, Buffer.from("before"), "t");
      await passed(a, b);
      proxy.freeze();
      for (let i = 0; i < 1000; i++) a.broker.sendFrame(ANA, Buffer.alloc(32_768), "frozen");
      await a.until(false);
      expect(a.broker.pendingBytes).toBeLessThan(10_000);
      proxy.thaw();
      await a.until(true);
      a.broker.sendFrame(ANA, Buffer.from("after"), "t");
      await passed(a, b);
      // The proxy itself had read some, as any network has. What waited in the system's buffers was discarded.
      expect(b.frames.length).toBeLessThan(12);
    },
    FROZEN_MS,
  );

  test("close does not wait for a frozen connection", async () => {
    await using proxy = await startProxy(nats.port);
    const a = await node(`nats://127.0.0.1:${proxy.port}`);
    proxy.freeze();
    a.broker.sendFrame(ANA, Buffer.alloc(1000), "t");
    await a.broker.close();
    expect(a.broker.connected).toBe(false);
  });

  test("bytes that the network does not take are pending", async () => {
    await using proxy = await startProxy(nats.port);
    const [a, b] = [await node(`nats://127.0.0.1:${proxy.port}`), await node(nats.url, ANA)];
    proxy.freeze();
    for (let i = 0; i < 1000; i++) a.broker.sendFrame(ANA, Buffer.alloc(32_768), "t");
    await new Promise(setImmediate);
    expect(a.broker.pendingBytes).toBeGreaterThan(16 << 20);
    proxy.thaw();
    await passed(a, b);
    expect([b.frames.length, a.broker.pendingBytes]).toEqual([1000, 0]);
  });

  test("a node that starts before NATS is told when it is there, and its users are", async () => {
    const port = await freePort();
    const a = await node(`nats://127.0.0.1:${port}`, ANA);
    expect([a.broker.connected, a.broker.pendingBytes]).toEqual([false, 0]);
    a.broker.enter(BEN);
    a.broker.leave(BEN);
    await using _ = await startProxy(nats.port, port);
    await a.until(true);
    const b = await node(nats.url);
    b.broker.ask(ANA, "there?", 1);
    b.broker.ask(BEN, "there?", 2);
    await passed(b, a);
    await passed(a, b);
    expect(a.heard).toEqual([{ connected: true }, { message: "there?", uid: ANA }]);
    expect(b.heard).toEqual([{ nobody: 2 }]);
  });

  test("a node that waits for NATS can be closed", async () => {
    const a = await node(`nats://127.0.0.1:${await freePort()}`);
    await a.broker.close();
    expect(a.heard).toEqual([]);
  });

  test("user and password come from the URL; a wrong one ends the start without being shown", async () => {
    await using own = await startNats("--user", "poly:ge", "--pass", "1234@5,6");
    const at = `127.0.0.1:${own.port}`;
    const ear = await node(`nats://poly%3Age:1234%405%2C6@${at}`);
    expect(ear.broker.connected).toBe(true);
    for (const url of [`nats://poly%3Age:topsecret@${at}`, `nats://${at}`]) {
      const failure = await NatsBroker.connect(url, log).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StartError);
      expect((failure as Error).message).toBe(`NATS_URL: ${at} refused the user or password`);
    }
  });

  test("a server that takes no frame of the largest size counts as away", async () => {
    const broker = await NatsBroker.connect(nats.url, log, 16 << 20);
    opened.push(broker);
    expect(broker.connected).toBe(false);
    expect(lines.join("")).toContain("NATS takes too small messages");
  });

  test("nodes on different servers of one NATS cluster reach each other, and hear where nobody is", async () => {
    const routes = await Promise.all([freePort(), freePort(), freePort()]);
    const all = routes.map((port) => `nats://127.0.0.1:${port}`).join(",");
    const cluster = (port: number) =>
      startNats("--cluster_name", "polyge", "--cluster", `nats://127.0.0.1:${port}`, "--routes", all);
    await using first = await cluster(routes[0]!);
    await using second = await cluster(routes[1]!);
    await using third = await cluster(routes[2]!);
    const [a, b] = [await node(first.url), await node(second.url, ANA)];
    await heardBy(a, ANA);
    a.broker.sendFrame(ANA, Buffer.from("across"), "t");
    a.broker.ask(BEN, "?", 1);
    await passed(a, b);
    expect(b.heard.at(-1)).toEqual({ frame: "across", uid: ANA, tag: "t" });
    // One URL is enough: servers name each other.
    await second.stop();
    await b.until(false);
    await b.until(true);
    await heardBy(a, ANA);
    a.broker.sendFrame(ANA, Buffer.from("round about"), "t");
    await passed(a, b);
    expect(b.heard.at(-1)).toEqual({ frame: "round about", uid: ANA, tag: "t" });
    expect(a.heard).toContainEqual({ nobody: 1 });
    expect(third.port).toBeGreaterThan(0);
  });

  /** What servers tell each other of users is not settled by any one of them: asks until somebody hears. */
  async function heardBy(from: Ear, uid: number): Promise<void> {
    for (let id = 100; ; id++) {
      from.broker.ask(uid, "there?", id);
      await from.broker.settled();
      if (!from.heard.some((each) => "nobody" in each && each.nobody === id)) return;
    }
  }
});
