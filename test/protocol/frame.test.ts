import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { loadCrc32 } from "../../src/client/crc32.ts";
import {
  type Crc32,
  crcMatches,
  decodeFrame,
  encodeFrame,
  type Frame,
  hasMsgId,
  MAX_UID,
  MIN_FRAME_BYTES,
  readMsgId,
  readUid,
  TARGET_OFFSET,
  UID_OFFSET,
} from "../../src/protocol/frame.ts";
import vectors from "../vectors/frames.json";

const implementations: [string, Crc32][] = [
  ["Bun.hash.crc32", (bytes) => Bun.hash.crc32(bytes)],
  ["hash-wasm", await loadCrc32()],
];

const uid = fc.oneof(
  fc.integer({ min: 1, max: 0xffff }),
  fc.maxSafeNat().map((n) => Math.max(n, 1)),
  fc.constant(MAX_UID),
);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const frames: fc.Arbitrary<Frame> = fc.record({
  uid,
  target: uid,
  msgId: u64,
  timestampMs: u64,
  data: fc.uint8Array({ maxLength: 300 }),
});

describe.each(implementations)("the frame codec on %s", (_name, crc32) => {
  test.each(vectors.valid)("golden frame: $name", (golden) => {
    const fields: Frame = {
      uid: Number(golden.uid),
      target: Number(golden.target),
      msgId: BigInt(golden.msgId),
      timestampMs: BigInt(golden.timestampMs),
      data: Uint8Array.fromHex(golden.dataHex),
    };
    const bytes = Uint8Array.fromHex(golden.frameHex);
    expect(encodeFrame(fields, crc32).toHex()).toBe(golden.frameHex);
    expect(decodeFrame(bytes, crc32)).toEqual(fields);
    expect(crcMatches(bytes, crc32(bytes))).toBe(true);
    expect(readUid(bytes, UID_OFFSET)).toBe(fields.uid);
    expect(readUid(bytes, TARGET_OFFSET)).toBe(fields.target);
    expect(readMsgId(bytes)).toBe(golden.msgId);
    expect(hasMsgId(bytes)).toBe(golden.msgId !== "0");
  });

  test.each(vectors.invalid)("refused: $name", ({ frameHex, why }) => {
    const fault = { "too short": "too_short", crc: "bad_crc", "uid out of range": "uid_out_of_range" }[why];
    expect(fault).toBeDefined();
    const bytes = Uint8Array.fromHex(frameHex);
    expect(decodeFrame(bytes, crc32)).toBe(fault as never);
    if (fault === "bad_crc") expect(crcMatches(bytes, crc32(bytes))).toBe(false);
    if (fault === "uid_out_of_range") expect(readUid(bytes, TARGET_OFFSET)).toBe(0);
  });

  test("what is encoded is decoded the same", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeFrame(frame, crc32);
        expect(bytes.length).toBe(MIN_FRAME_BYTES + frame.data.length);
        expect(decodeFrame(bytes, crc32)).toEqual(frame);
        expect(crcMatches(bytes, crc32(bytes))).toBe(true);
      }),
    );
  });

  test("a frame is read from the middle of a larger buffer, and its data is a view and no copy", () => {
    const frame: Frame = { uid: 1, target: 2, msgId: 3n, timestampMs: 4n, data: Uint8Array.of(5, 6) };
    const around = new Uint8Array(100);
    around.set(encodeFrame(frame, crc32), 7);
    const decoded = decodeFrame(around.subarray(7, 7 + MIN_FRAME_BYTES + 2), crc32) as Frame;
    expect(decoded).toEqual(frame);
    expect(decoded.data.buffer).toBe(around.buffer);
  });

  test("one flipped bit anywhere is caught, by the portable check and by the one in place", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const bytes = encodeFrame(frame, crc32);
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          if (decodeFrame(bytes, crc32) !== "bad_crc" || crcMatches(bytes, crc32(bytes))) {
            throw new Error(`bit ${bit} of ${bytes.toHex()} passed`);
          }
          bytes[bit >> 3]! ^= 1 << (bit & 7);
        }
      }),
      { numRuns: 25 },
    );
  });
});

const crc32 = implementations[0]![1];

test("the check in place agrees with the portable one on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: MIN_FRAME_BYTES, maxLength: 80 }), (bytes) => {
      expect(crcMatches(bytes, crc32(bytes))).toBe(decodeFrame(bytes, crc32) !== "bad_crc");
    }),
    { numRuns: 2000 },
  );
});

test("a uid is read in place as DataView reads it, and what is no uid reads as 0", () => {
  fc.assert(
    fc.property(fc.oneof(u64, fc.bigInt({ min: 0n, max: 1n << 54n })), (value) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, value);
      expect(readUid(bytes, 0)).toBe(value <= BigInt(MAX_UID) ? Number(value) : 0);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["uid", { uid: 0 }],
  ["uid", { uid: 1.5 }],
  ["target", { target: MAX_UID + 1 }],
  ["msgId", { msgId: -1n }],
  ["timestampMs", { timestampMs: 1n << 64n }],
])("encoding refuses a %s that does not fit: %p", (name, wrong) => {
  const frame: Frame = { uid: 1, target: 2, msgId: 0n, timestampMs: 0n, data: new Uint8Array(), ...wrong };
  expect(() => encodeFrame(frame, crc32)).toThrow(name);
});
