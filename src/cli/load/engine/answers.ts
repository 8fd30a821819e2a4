import { OPCODE } from "./wire-reader.ts";

/** Enough for the pongs of one read and what a closed loop sends in answer to it. */
const ROOM = 16_384;
/** A client's header of a short control frame: two bytes and the masking key, which is 0: any key is a valid one. */
const HEADER_BYTES = 6;

/**
 * Pongs to the read that is being handled. They leave in one write with what that read makes the connection send: a system
 * call for each pong takes a client as long as a dozen frames, and a bench would then measure how fast its client answers pings.
 */
export class Answers {
  private readonly bytes = new Uint8Array(ROOM);
  length = 0;

  /** Adds the pong to a ping. False where there is no room for it. */
  pong(payload: Uint8Array): boolean {
    const { bytes, length } = this;
    const end = length + HEADER_BYTES + payload.length;
    if (end > ROOM) return false;
    bytes[length] = 0x80 | OPCODE.pong;
    bytes[length + 1] = 0x80 | payload.length;
    bytes.fill(0, length + 2, length + HEADER_BYTES);
    bytes.set(payload, length + HEADER_BYTES);
    this.length = end;
    return true;
  }

  /** Adds the first `length` bytes of whole frames. False where there is no room for them. */
  add(bytes: Uint8Array, length: number): boolean {
    if (this.length + length > ROOM) return false;
    this.bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.length);
    this.length += length;
    return true;
  }

  /** What was added, valid until more is; there is nothing any more. */
  take(): Uint8Array {
    const all = this.bytes.subarray(0, this.length);
    this.length = 0;
    return all;
  }
}
