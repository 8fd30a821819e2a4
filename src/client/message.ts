import type { Frame } from "../protocol/frame.ts";

const UTF8 = new TextDecoder();

/** A message that came. */
export class Message {
  /** Sender, 1 to 2^53-1. */
  readonly from: number;
  /** This user. */
  readonly to: number;
  /** As the sender chose it; 0 where a plain client gave none. */
  readonly msgId: bigint;
  /** By convention ms since 1970, by the sender's clock; any unsigned 64-bit number. */
  readonly timestampMs: bigint;
  readonly data: Uint8Array;

  constructor(frame: Frame) {
    this.from = frame.uid;
    this.to = frame.target;
    this.msgId = frame.msgId;
    this.timestampMs = frame.timestampMs;
    this.data = frame.data;
  }

  /** The data as UTF-8; bytes that are none become U+FFFD. */
  get text(): string {
    return UTF8.decode(this.data);
  }
}
