import { afterEach, describe, expect, test } from "bun:test";
import type { Server, WebSocketHandler } from "bun";
import { accountsOf, latenciesOf } from "../../bench/cluster-run.ts";
import { countsOf, crowdOf, openAll } from "../../bench/crowd.ts";
import { nowMicroseconds } from "../../src/cli/load/engine/clock.ts";
import { Latency } from "../../src/cli/load/engine/latency.ts";
import { Ledger } from "../../src/cli/load/engine/ledger.ts";
import { keepPace } from "../../src/cli/load/engine/pace.ts";
import { randomPairs } from "../../src/cli/load/engine/pairs.ts";
import { readStamp, STAMP_BYTES, stampedFrame } from "../../src/cli/load/engine/stamp.ts";
import type { Outcome } from "../../src/cli/load/players/orders.ts";
import { SCENARIO } from "../../src/cli/load/scenarios.ts";
import { until } from "../support/until.ts";

const ANA = { uid: 1_000_000, index: 7 };
const BEN = { uid: 2_000_000, index: 9 };

/** Ben's messages to Ana. */
const message = (sequence: number, { uid, index } = BEN, target = ANA.uid) =>
  stampedFrame(uid, target, { sender: index, sequence, intendedUs: 5 }, STAMP_BYTES);

/** What Ana's ledger says once she has received `frames`. */
function entered(frames: readonly Uint8Array[]) {
  const ledger = new Ledger([ANA], (sender) => (sender === BEN.index ? BEN.uid : undefined));
  const stamps = frames.map((frame) => ledger.enter(0, frame));
  return { tally: ledger.tally, new: stamps.map((stamp) => stamp?.sequence) };
}

const SOUND = { received: 0, repeated: 0, outOfOrder: 0, corrupt: 0, stray: 0 };

describe("the ledger", () => {
  test("counts what comes in order", () => {
    const { tally } = entered([message(0), message(1), message(2)]);
    expect(tally).toEqual({ ...SOUND, received: 3 });
  });

  test("counts a repeated message as such, once received", () => {
    const { tally, ...rest } = entered([message(0), message(1), message(0), message(1), message(2)]);
    expect(tally).toEqual({ ...SOUND, received: 3, repeated: 2 });
    expect(rest.new).toEqual([0, 1, undefined, undefined, 2]);
  });

  test("does not count a lost message as received", () => {
    expect(entered([message(0), message(3)]).tally).toEqual({ ...SOUND, received: 2 });
  });

  test("counts messages that others overtook, and their repeats", () => {
    const { tally } = entered([message(3), message(0), message(2), message(2), message(1), message(4)]);
    expect(tally).toEqual({ ...SOUND, received: 5, outOfOrder: 3, repeated: 1 });
  });

  test("counts a frame with any bit changed as corrupt, and one cut short", () => {
    for (let bit = 0; bit < message(0).length * 8; bit++) {
      const frame = message(0);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      expect(entered([frame]).tally).toEqual({ ...SOUND, corrupt: 1 });
    }
    const { tally } = entered([message(0).subarray(0, 40), new Uint8Array(0), message(0).subarray(1)]);
    expect(tally).toEqual({ ...SOUND, corrupt: 3 });
  });

  test("counts what is from another sender or for another user as stray", () => {
    const carl = { uid: 3_000_000, index: BEN.index };
    const { tally } = entered([message(0, carl), message(0, BEN, carl.uid), message(0, { ...BEN, index: 1 })]);
    expect(tally).toEqual({ ...SOUND, stray: 3 });
  });

  test("a stamp comes back as it was given", () => {
    const stamp = { sender: 99_999, sequence: 4_000_000_000, intendedUs: nowMicroseconds() };
    expect(readStamp(stampedFrame(1, 2, stamp, 64))).toEqual(stamp);
  });
});

test("pairs take in everybody, each with somebody else", () => {
  const peers = randomPairs(1000);
  for (const [own, peer] of peers.entries()) {
    expect(peer).not.toBe(own);
    expect(peers[peer]).toBe(own);
  }
});

test("what came due while the process was held up is told its true moment", async () => {
  const start = nowMicroseconds();
  const due: number[] = [];
  const late: number[] = [];
  await keepPace(1000, 0.2, start, (dueUs) => {
    due.push(dueUs - start);
    late.push(nowMicroseconds() - dueUs);
    // Time: this holds the process up.
    if (due.length === 1) Bun.sleepSync(100);
  });
  expect(due).toEqual(Array.from({ length: 200 }, (_, call) => expect.closeTo(call * 1000, 0)));
  // The second was due 1 ms after the first, which took 100.
  expect(late[1]).toBeGreaterThan(98_000);
  expect(late.filter((us) => us < 0)).toEqual([]);
});

test("times of several processes add up", () => {
  const [quick, slow] = [new Latency(), new Latency()];
  for (let i = 0; i < 990; i++) quick.record(1000);
  for (let i = 0; i < 10; i++) slow.record(50_000);
  const { p50, p99, p999, max } = Latency.sum([quick.pack(), slow.pack()]).percentiles;
  expect([p50, p99]).toEqual([expect.closeTo(1, 2), expect.closeTo(1, 2)]);
  expect([p999, max]).toEqual([expect.closeTo(50, 1), expect.closeTo(50, 1)]);
  expect(Latency.sum([]).percentiles.p50).toBeNaN();
});

describe("a crowd", () => {
  let nodes: Server<{ uid: string }>[] = [];
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop(true)));
    nodes = [];
  });

  /** Two nodes as one service; `deliver` says what becomes of the nth frame. */
  function cluster(
    deliver: (nth: number, frame: Buffer) => readonly Uint8Array[],
    { open, pong }: Pick<WebSocketHandler<{ uid: string }>, "open" | "pong"> = {},
  ): string[] {
    let nth = 0;
    nodes = [0, 1].map(() =>
      Bun.serve<{ uid: string }>({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request, self) {
          const data = { uid: new URL(request.url).searchParams.get("uid") ?? "" };
          return self.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 });
        },
        websocket: {
          open: (ws) => {
            ws.subscribe(ws.data.uid);
            open?.(ws);
          },
          ...(pong && { pong }),
          message: (_ws, frame) => {
            const target = String((frame as Buffer).readBigUInt64BE(8));
            for (const each of deliver(nth++, frame as Buffer)) for (const node of nodes) node.publish(target, each);
          },
        },
      }),
    );
    return nodes.map(({ port }) => `ws://127.0.0.1:${port}/wsconn`);
  }

  const logins = Array.from({ length: 40 }, (_, index) => ({ uid: index + 1, token: "1" }));
  const crowdOn = (urls: string[]) => crowdOf(urls, SCENARIO.pairs.members(logins), 2);

  /** @param arriving how many of the messages come */
  async function talk(urls: string[], messages: number, arriving: number): Promise<Outcome[]> {
    await using crowd = crowdOn(urls);
    expect(await openAll(crowd, logins.length)).toBeGreaterThan(0);
    expect((await countsOf(crowd)).open).toBe(logins.length);
    // In two goes, of which the latencies are the second's.
    const pace = { kind: "even", rate: messages } as const;
    await crowd.talk(pace, 0, 0.5);
    await crowd.talk(pace, 0.5, 0);
    expect((await countsOf(crowd)).sent).toBe(messages);
    await until("all that comes has come", async () => (await countsOf(crowd)).received >= arriving);
    return await crowd.finish();
  }

  test("in two processes on two nodes accounts for every message, and says how long each took", async () => {
    const outcomes = await talk(
      cluster((_, frame) => [frame]),
      300,
      300,
    );
    const fates = { ...SOUND, open: 40, sent: 300, received: 300, ended: 0, refused: 0, lost: 0 };
    expect(accountsOf(outcomes)).toMatchObject(fates);
    const { all, sameNode, acrossNodes } = latenciesOf(outcomes).latency;
    expect(all.count).toBe(150);
    expect(sameNode.count + acrossNodes.count).toBe(150);
    expect(all.p50).toBeGreaterThan(0);
    expect(all.max).toBeLessThan(5000);
    expect(latenciesOf(outcomes).sendLag.count).toBe(150);
  });

  test("sees what a relay loses, repeats and spoils", async () => {
    const spoilt = (frame: Buffer) => frame.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
    const urls = cluster((nth, frame) => {
      if (nth === 10) return [];
      if (nth === 20) return [frame, frame];
      if (nth === 30) return [spoilt(frame)];
      return [frame];
    });
    const fates = { sent: 300, received: 298, lost: 2, repeated: 1, corrupt: 1, outOfOrder: 0, stray: 0 };
    expect(accountsOf(await talk(urls, 300, 298))).toMatchObject(fates);
  });

  test("says how many sockets a node did not take", async () => {
    await using crowd = crowdOn(["ws://127.0.0.1:1/wsconn"]);
    await expect(openAll(crowd, logins.length)).rejects.toThrow("only 0 of 40 sockets");
  }, 20_000);

  test("says how many pings its open sockets have answered", async () => {
    const pongs = Promise.withResolvers<void>();
    let left = logins.length;
    const urls = cluster((_, frame) => [frame], {
      open: (ws) => void ws.ping(),
      pong: () => void (--left === 0 && pongs.resolve()),
    });
    await using crowd = crowdOn(urls);
    await openAll(crowd, logins.length);
    await pongs.promise;
    const outcomes = await crowd.finish();
    expect(outcomes.reduce((total, { pings }) => total + pings, 0)).toBe(logins.length);
  });
});
