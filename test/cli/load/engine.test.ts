import { expect, test } from "bun:test";
import { Connection } from "../../../src/cli/load/engine/connection.ts";
import { poisson } from "../../../src/cli/load/engine/pace.ts";
import { sourceAddress } from "../../../src/cli/load/engine/source-address.ts";
import { readStamp } from "../../../src/cli/load/engine/stamp.ts";
import { StampedWriter } from "../../../src/cli/load/engine/stamped-writer.ts";
import { WireReader } from "../../../src/cli/load/engine/wire-reader.ts";
import { decodeFrame } from "../../../src/protocol/frame.ts";

/** The frames that were written, their WebSocket headers taken off: the masking key is 0, so the mask bit is all. */
function framesOf(written: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const reader = new WireReader(
    { control() {}, message: (bytes, from, to) => frames.push(bytes.slice(from, to)) },
    true,
  );
  for (const each of written) {
    for (let at = 0; at < each.length; ) {
      const short = each[at + 1]! & 0x7f;
      const header = short < 126 ? 2 : 4;
      const size = short < 126 ? short : each[at + 2]! * 256 + each[at + 3]!;
      expect(each[at + 1]! & 0x80).toBe(0x80);
      expect([...each.subarray(at + header, at + header + 4)]).toEqual([0, 0, 0, 0]);
      const unmasked = Uint8Array.of(each[at]!, short, ...each.subarray(at + 2, at + header));
      reader.read(Buffer.concat([unmasked, each.subarray(at + header + 4, at + header + 4 + size)]));
      at += header + 4 + size;
    }
  }
  return frames;
}

test.each([16, 64, 400])("frames written many at a time carry what they were given, with %d bytes of data", (bytes) => {
  const written: Uint8Array[] = [];
  const connection = {
    write: (all: Uint8Array, length: number) => void written.push(all.slice(0, length)),
  } as unknown as Connection;
  const writer = new StampedWriter(bytes);
  const stamps = Array.from({ length: 150 }, (_, n) => ({ sender: 99_999, sequence: n, intendedUs: 1.8e15 + n }));
  for (const stamp of stamps) writer.add(connection, 2 ** 40 + 1, 2 ** 53 - 1, stamp, 7, stamp.sequence);
  writer.flush(connection);
  const frames = framesOf(written);
  expect(frames.map(readStamp)).toEqual(stamps);
  expect(decodeFrame(frames[9]!, Bun.hash.crc32)).toMatchObject({
    uid: 2 ** 40 + 1,
    target: 2 ** 53 - 1,
    msgId: (7n << 32n) | 9n,
    timestampMs: 1_800_000_000_000n,
  });
  expect(frames[0]!.length).toBe(36 + bytes);
});

test("a Poisson process keeps its rate where it changes, and its gaps are as irregular as chance has them", () => {
  const due: number[] = [];
  const schedule = poisson((second) => (second < 50 ? 100 : 300), 300, 100, 0);
  for (let us = schedule(); us !== undefined; us = schedule()) due.push(us / 1e6);
  const early = due.filter((second) => second < 50);
  // Five standard deviations on either side.
  expect(Math.abs(early.length - 5000)).toBeLessThan(5 * Math.sqrt(5000));
  expect(Math.abs(due.length - early.length - 15_000)).toBeLessThan(5 * Math.sqrt(15_000));
  expect(due).toEqual(due.toSorted((one, other) => one - other));
  const gaps = early.slice(1).map((second, index) => second - early[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  // Of exponential gaps the deviation is the mean; of even ones it is 0.
  expect(deviation / mean).toBeGreaterThan(0.85);
  expect(deviation / mean).toBeLessThan(1.15);
});

test("a socket connects from the address that is asked for", async () => {
  const seen = Promise.withResolvers<string | undefined>();
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, self) {
      seen.resolve(self.requestIP(request)?.address);
      return self.upgrade(request) ? undefined : new Response(null, { status: 400 });
    },
    websocket: { message() {} },
  });
  const url = new URL(`ws://127.0.0.1:${server.port}/wsconn`);
  const connection = await Connection.open(url, { uid: 1, token: "1" }, {}, { localAddress: "127.0.0.9" });
  expect(await seen.promise).toBe("127.0.0.9");
  connection.terminate();
});

test.each([
  ["127.0.0.1", 0, 0x12345, undefined],
  ["127.0.0.1", 4999, 0x12345, undefined],
  ["127.0.0.1", 5000, 0x12345, "127.38.69.2"],
  ["127.0.0.1", 999_999, 0x12345, "127.38.69.200"],
  ["127.0.0.1", 5000, 0xffff_ffff, "127.8.255.2"],
  ["chat.example.com", 99_999, 0x12345, undefined],
  ["[::1]", 99_999, 0x12345, undefined],
])("a socket to %s with index %d has, in run %d, source address %p", (hostname, index, run, address) => {
  expect(sourceAddress(hostname, index, run)).toBe(address);
});
