/** The frames of the model, and what they and pings are called. */
import { encodeFrame } from "../../../src/protocol/frame.ts";

export const TARGET = 9;

/** The last byte of the message id tells the frames apart. */
export const FRAMES = [1, 2].map((uid) =>
  Array.from({ length: 9 }, (_, index) => {
    const msgId = BigInt(uid * 10 + index);
    const frame = { uid, target: TARGET, msgId, timestampMs: 0n, data: new Uint8Array() };
    return Buffer.from(encodeFrame(frame, Bun.hash.crc32));
  }),
);

export const nameOf = (item: Uint8Array | { ping: Buffer }) =>
  item instanceof Uint8Array ? `f${item[23]}` : `p${item.ping.readUInt32BE(0)}`;

export const isFrame = (name: string) => name.startsWith("f");
