/** What each message of a crowd carries in its data, so that whoever gets it can account for it. */
import { crcMatches, DATA_OFFSET, encodeFrame, MIN_FRAME_BYTES } from "../../../protocol/frame.ts";

export const SENDER_OFFSET = DATA_OFFSET;
export const SEQUENCE_OFFSET = SENDER_OFFSET + 4;
export const INTENDED_OFFSET = SEQUENCE_OFFSET + 4;
/** The least data that a stamp fits in. */
export const STAMP_BYTES = 16;

export interface Stamp {
  /** Index of the sending socket in the whole crowd. */
  readonly sender: number;
  /** Counts the sender's messages to this target from 0. */
  readonly sequence: number;
  /** When it should have been sent, in µs since 1970, whenever the sender came to it. */
  readonly intendedUs: number;
}

/** @param dataBytes of the frame's data, at least `STAMP_BYTES`; what the stamp leaves is random */
export function stampedFrame(uid: number, target: number, stamp: Stamp, dataBytes: number): Uint8Array {
  const data = crypto.getRandomValues(new Uint8Array(dataBytes));
  const view = new DataView(data.buffer);
  view.setUint32(SENDER_OFFSET - DATA_OFFSET, stamp.sender);
  view.setUint32(SEQUENCE_OFFSET - DATA_OFFSET, stamp.sequence);
  view.setFloat64(INTENDED_OFFSET - DATA_OFFSET, stamp.intendedUs);
  const timestampMs = BigInt(Math.floor(stamp.intendedUs / 1000));
  return encodeFrame({ uid, target, msgId: 0n, timestampMs, data }, Bun.hash.crc32);
}

/** The stamp of a whole frame; undefined where the CRC is wrong or the frame is too short for one. */
export function readStamp(frame: Uint8Array): Stamp | undefined {
  if (frame.length < MIN_FRAME_BYTES + STAMP_BYTES || !crcMatches(frame, Bun.hash.crc32(frame))) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    sender: view.getUint32(SENDER_OFFSET),
    sequence: view.getUint32(SEQUENCE_OFFSET),
    intendedUs: view.getFloat64(INTENDED_OFFSET),
  };
}
