/**
 * The relay's latency while 200 people log in at once: `bun run bench:storm`. Pairs of sockets send at a steady pace;
 * each frame's time from the intended moment of sending to its arrival is measured, first in peace, then in the storm.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { startServer } from "../src/cli/load/target/server-process.ts";
import { decodeFrame, encodeFrame, type Frame } from "../src/protocol/frame.ts";

const PAIRS = 16;
const PERIOD_MS = 20;
const PEACE_MS = 5000;
const STORM = 200;

interface Person {
  uid: number;
  token: string;
  uname: string;
}

const folder = await mkdtemp(join(tmpdir(), "polyge-storm-"));
try {
  await using server = await startServer(polyge({ DATA_DIR: folder }));
  const url = new URL(server.url);
  const http = `http://${url.host}`;

  const people = await Promise.all(
    Array.from({ length: PAIRS * 2 }, async (_, index): Promise<Person> => {
      const body = { uname: `storm-${index}`, pwd: "correct horse", gender: 1, language: 1, occup: "-", user_type: 1 };
      const answer = await fetch(`${http}/register`, { method: "POST", body: new URLSearchParams(body as never) });
      return ((await answer.json()) as { rs: Person }).rs;
    }),
  );

  let latencies: number[] = [];
  const sockets = await Promise.all(
    people.map(async ({ uid, token }) => {
      const socket = new WebSocket(`${url}?uid=${uid}&token=${token}`);
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => {
        const frame = decodeFrame(new Uint8Array(data), Bun.hash.crc32) as Frame;
        latencies.push(performance.now() - Number(frame.timestampMs) / 1000);
      };
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      return socket;
    }),
  );

  /** Every pair sends once a period until told to stop; the timestamp is the intended moment, in µs. */
  async function talk(until: () => boolean): Promise<number[]> {
    latencies = [];
    const started = performance.now();
    for (let step = 0; !until(); step++) {
      const intended = started + step * PERIOD_MS;
      const wait = intended - performance.now();
      if (wait > 0) await Bun.sleep(wait);
      for (const [index, socket] of sockets.entries()) {
        const [uid, target] = [people[index]!.uid, people[index ^ 1]!.uid];
        const timestampMs = BigInt(Math.round(intended * 1000));
        socket.send(encodeFrame({ uid, target, msgId: 0n, timestampMs, data: new Uint8Array(64) }, Bun.hash.crc32));
      }
    }
    await Bun.sleep(200);
    return latencies.toSorted((a, b) => a - b);
  }

  const line = (name: string, sorted: number[]) => {
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(1);
    console.log(
      `${name}: ${sorted.length} frames, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)!.toFixed(1)} ms`,
    );
  };

  const peace = performance.now() + PEACE_MS;
  line("in peace", await talk(() => performance.now() > peace));

  let pending = STORM;
  const outcomes: number[] = [];
  const storming = performance.now();
  const storm = Promise.all(
    Array.from({ length: STORM }, async (_, index) => {
      const body = new URLSearchParams({ uname: people[index % people.length]!.uname, pwd: "correct horse" });
      const { status } = await fetch(`${http}/login`, { method: "POST", body });
      outcomes.push(status);
      pending--;
    }),
  );
  const during = await talk(() => pending === 0);
  await storm;
  line(`while ${STORM} log in at once`, during);
  const took = ((performance.now() - storming) / 1000).toFixed(1);
  console.log(
    `logins answered with 200: ${outcomes.filter((status) => status === 200).length} of ${STORM}, in ${took} s`,
  );
  for (const socket of sockets) socket.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
