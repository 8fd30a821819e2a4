/**
 * The frame of the user's document (section 6), big-endian:
 *
 *     uid u64 · target uid u64 · message id u64 · timestamp u64 ms · data · CRC-32 u32 over all that precedes it
 *
 * Both ends use this module, so it imports nothing: the CRC-32 implementation (IEEE 802.3, as in zlib) is passed in. The
 * server passes the one built into Bun, a browser one made by `hash-wasm`.
 *
 * `encodeFrame` and `decodeFrame` are the portable face, on DataView. The server's hot path reads the same offsets in
 * place instead, since one view for each frame costs a third of a relay's throughput and one subarray 40 %.
 */

const UID_BYTES = 8;
const TARGET_BYTES = 8;
const MSG_ID_BYTES = 8;
const TIMESTAMP_BYTES = 8;
const CRC_BYTES = 4;

export const UID_OFFSET = 0;
export const TARGET_OFFSET = UID_OFFSET + UID_BYTES;
export const MSG_ID_OFFSET = TARGET_OFFSET + TARGET_BYTES;
export const TIMESTAMP_OFFSET = MSG_ID_OFFSET + MSG_ID_BYTES;
export const DATA_OFFSET = TIMESTAMP_OFFSET + TIMESTAMP_BYTES;
/** A frame without data, in bytes. */
export const MIN_FRAME_BYTES = DATA_OFFSET + CRC_BYTES;
/** uids run from 1 to this, 2^53-1: what a JavaScript number holds exactly. */
export const MAX_UID = Number.MAX_SAFE_INTEGER;

/** CRC-32 (IEEE 802.3) of `bytes`. A result above 2^31-1 may come signed or unsigned. */
export type Crc32 = (bytes: Uint8Array) => number;

/** A frame's fields. Ids that can exceed 2^53-1 are bigints. */
export interface Frame {
  /** Sender, 1 to 2^53-1. */
  uid: number;
  /** Receiver, 1 to 2^53-1. */
  target: number;
  /** Any u64; 0 where the client does not use it. */
  msgId: bigint;
  /** Any u64; by convention milliseconds since 1970. */
  timestampMs: bigint;
  data: Uint8Array;
}

/** Why bytes are no frame. */
export type FrameFault = "too_short" | "bad_crc" | "uid_out_of_range";

const isUid = (value: number) => Number.isSafeInteger(value) && value >= 1;
const isU64 = (value: bigint) => value >= 0n && value < 1n << 64n;

/**
 * Writes a frame.
 * @returns the frame's bytes, newly allocated: the only allocation of size
 * @throws RangeError naming the field that does not fit
 */
export function encodeFrame(frame: Frame, crc32: Crc32): Uint8Array<ArrayBuffer> {
  if (!isUid(frame.uid)) throw new RangeError(`uid ${frame.uid} is not an integer from 1 to 2^53-1`);
  if (!isUid(frame.target)) throw new RangeError(`target ${frame.target} is not an integer from 1 to 2^53-1`);
  if (!isU64(frame.msgId)) throw new RangeError(`msgId ${frame.msgId} is not an unsigned 64-bit integer`);
  if (!isU64(frame.timestampMs))
    throw new RangeError(`timestampMs ${frame.timestampMs} is not an unsigned 64-bit integer`);

  const bytes = new Uint8Array(MIN_FRAME_BYTES + frame.data.length);
  const view = new DataView(bytes.buffer);
  const crcOffset = bytes.length - CRC_BYTES;
  view.setBigUint64(UID_OFFSET, BigInt(frame.uid));
  view.setBigUint64(TARGET_OFFSET, BigInt(frame.target));
  view.setBigUint64(MSG_ID_OFFSET, frame.msgId);
  view.setBigUint64(TIMESTAMP_OFFSET, frame.timestampMs);
  bytes.set(frame.data, DATA_OFFSET);
  view.setUint32(crcOffset, crc32(bytes.subarray(0, crcOffset)));
  return bytes;
}

/**
 * Reads a frame.
 * @returns the fields, `data` being a view into `bytes` and no copy; or what is wrong
 */
export function decodeFrame(bytes: Uint8Array, crc32: Crc32): Frame | FrameFault {
  if (bytes.length < MIN_FRAME_BYTES) return "too_short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const crcOffset = bytes.length - CRC_BYTES;
  if (view.getUint32(crcOffset) !== crc32(bytes.subarray(0, crcOffset)) >>> 0) return "bad_crc";
  const uid = Number(view.getBigUint64(UID_OFFSET));
  const target = Number(view.getBigUint64(TARGET_OFFSET));
  if (!isUid(uid) || !isUid(target)) return "uid_out_of_range";
  return {
    uid,
    target,
    msgId: view.getBigUint64(MSG_ID_OFFSET),
    timestampMs: view.getBigUint64(TIMESTAMP_OFFSET),
    data: bytes.subarray(DATA_OFFSET, crcOffset),
  };
}

/**
 * Reads the uid at `offset` without allocating.
 * @returns 0 for 0 and for anything above 2^53-1: 0 is no uid
 */
export function readUid(bytes: Uint8Array, offset: number): number {
  const high =
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
  const low =
    ((bytes[offset + 4]! << 24) | (bytes[offset + 5]! << 16) | (bytes[offset + 6]! << 8) | bytes[offset + 7]!) >>> 0;
  if (high === 0) return low;
  return high < 0x200000 ? high * 0x1_0000_0000 + low : 0;
}

/** Whether the frame's message id is other than 0, that is, whether its sender can be told of it. */
export function hasMsgId(bytes: Uint8Array): boolean {
  for (let i = MSG_ID_OFFSET; i < TIMESTAMP_OFFSET; i++) if (bytes[i] !== 0) return true;
  return false;
}

/** The message id in decimal, as `polyge.v2` messages spell it. */
export function readMsgId(bytes: Uint8Array): string {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(MSG_ID_OFFSET).toString();
}

/**
 * Checks a frame's CRC in place, given the CRC-32 of the whole frame, its own four CRC bytes included.
 *
 * CRC-32 of a whole frame is a function of the CRC of its body and of the last four bytes; advancing over fixed bytes is
 * one-to-one, so the stored CRC is right exactly when the whole frame's CRC is the stored CRC advanced over its own bytes.
 * That function is affine over GF(2): one table look-up for each stored byte. No subarray, hence no allocation.
 *
 * @param bytes at least `MIN_FRAME_BYTES` long
 * @param wholeCrc CRC-32 of all of `bytes`
 */
export function crcMatches(bytes: Uint8Array, wholeCrc: number): boolean {
  const at = bytes.length - CRC_BYTES;
  const expected =
    RESIDUE_OF_ZERO ^
    RESIDUE[bytes[at]!]! ^
    RESIDUE[256 + bytes[at + 1]!]! ^
    RESIDUE[512 + bytes[at + 2]!]! ^
    RESIDUE[768 + bytes[at + 3]!]!;
  return expected === (wholeCrc | 0);
}

/** The CRC of a frame whose body has the CRC `stored` and which ends in `stored`, bit by bit. */
function residue(stored: number): number {
  let state = ~stored;
  for (let shift = 24; shift >= 0; shift -= 8) {
    state ^= (stored >>> shift) & 0xff;
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0xedb88320 : 0);
  }
  return ~state;
}

const RESIDUE_OF_ZERO = residue(0);
/** `RESIDUE[256 * i + b]`: what byte `b` at place `i` of the stored CRC changes in the residue. */
const RESIDUE = Int32Array.from({ length: 1024 }, (_, index) => {
  const shift = 24 - 8 * (index >>> 8);
  return residue((index & 0xff) << shift) ^ RESIDUE_OF_ZERO;
});
