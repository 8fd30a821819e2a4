/**
 * Stamped frames as they go over the wire, many to a write. All is in place but what differs from one to the next, and the
 * masking key is 0 (the server unmasks all the same), so that a frame costs the sender a fraction of what it costs a server.
 */
import {
  DATA_OFFSET,
  MIN_FRAME_BYTES,
  MSG_ID_OFFSET,
  TARGET_OFFSET,
  TIMESTAMP_OFFSET,
  UID_OFFSET,
} from "../../../protocol/frame.ts";
import type { Connection } from "./connection.ts";
import { maskedFrame } from "./frames.ts";
import { INTENDED_OFFSET, SENDER_OFFSET, SEQUENCE_OFFSET, type Stamp } from "./stamp.ts";
import { OPCODE } from "./wire-reader.ts";

/** Frames that one write holds at most. */
const MOST_IN_A_WRITE = 64;
const TWO_32 = 0x1_0000_0000;
const CRC_BYTES = 4;

export class StampedWriter {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  /** Bytes of one wire frame, and of its WebSocket header. */
  private readonly stride: number;
  private readonly header: number;
  private frames = 0;

  /** @param dataBytes of each frame's data, at least `STAMP_BYTES` */
  constructor(dataBytes: number) {
    const size = MIN_FRAME_BYTES + dataBytes;
    const template = maskedFrame(OPCODE.binary, new Uint8Array(size));
    this.stride = template.length;
    this.header = template.length - size;
    this.bytes = new Uint8Array(this.stride * MOST_IN_A_WRITE);
    this.view = new DataView(this.bytes.buffer);
    const data = crypto.getRandomValues(new Uint8Array(dataBytes));
    for (let copy = 0; copy < MOST_IN_A_WRITE; copy++) {
      const at = copy * this.stride;
      this.bytes.set(template.subarray(0, this.header), at);
      this.bytes.fill(0, at + this.header - 4, at + this.header);
      this.bytes.set(data, at + this.header + DATA_OFFSET);
    }
  }

  /** Adds a frame for `connection`; writes when there is no room for more. The message id is 0 where `msgIdHigh` is. */
  add(connection: Connection, uid: number, target: number, stamp: Stamp, msgIdHigh = 0, msgIdLow = 0): void {
    const { view } = this;
    const start = this.frames * this.stride + this.header;
    this.long(start + UID_OFFSET, uid);
    this.long(start + TARGET_OFFSET, target);
    view.setUint32(start + MSG_ID_OFFSET, msgIdHigh);
    view.setUint32(start + MSG_ID_OFFSET + 4, msgIdLow);
    this.long(start + TIMESTAMP_OFFSET, Math.floor(stamp.intendedUs / 1000));
    view.setUint32(start + SENDER_OFFSET, stamp.sender);
    view.setUint32(start + SEQUENCE_OFFSET, stamp.sequence);
    view.setFloat64(start + INTENDED_OFFSET, stamp.intendedUs);
    const crcAt = start + this.stride - this.header - CRC_BYTES;
    view.setUint32(crcAt, Bun.hash.crc32(this.bytes.subarray(start, crcAt)));
    if (++this.frames === MOST_IN_A_WRITE) this.flush(connection);
  }

  /** Writes what `add` was given. */
  flush(connection: Connection): void {
    connection.write(this.bytes, this.frames * this.stride);
    this.frames = 0;
  }

  private long(at: number, value: number): void {
    this.view.setUint32(at, Math.floor(value / TWO_32));
    this.view.setUint32(at + 4, value % TWO_32);
  }
}
