/** Frames of every kind of wrong, among right ones, cut up anyhow on the wire. */
import { expect } from "bun:test";
import { decodeFrame, encodeFrame } from "../../src/protocol/frame.ts";
import { crc32, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import type { Stage } from "../support/stage.ts";

/** In one connection at most. */
const AT_ONCE = 500;
const MAX_FAULTS = 16;
/** Garbage, buffers and the test's own books, for any number of frames. */
const MAX_GROWTH_BYTES = 300e6;

/** mulberry32 */
function randoms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Generator {
  readonly #random: () => number;

  constructor(
    seed: number,
    readonly uids: { attacker: number; friend: number; bystander: number },
  ) {
    this.#random = randoms(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  next(): Uint8Array {
    const { attacker, friend, bystander } = this.uids;
    switch (this.below(10)) {
      case 0:
        return this.#bytes(this.below(200));
      case 1:
        return this.#flipped(this.#frame(attacker, this.below(2) ? bystander : friend));
      case 2:
        return this.#frame(attacker, bystander).subarray(0, this.below(36));
      case 3:
        return this.#withTarget([0n, 2n ** 53n, 2n ** 64n - 1n, BigInt(bystander) | (1n << 60n)][this.below(4)]!);
      case 4:
        return this.below(8) ? this.#frame(attacker, friend) : this.#frame(bystander, bystander);
      default:
        return this.#frame(attacker, friend);
    }
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  #frame(uid: number, target: number): Uint8Array {
    const data = this.#bytes(this.below(this.below(20) === 0 ? 5000 : 100));
    return encodeFrame({ uid, target, msgId: BigInt(this.below(3)), timestampMs: BigInt(this.below(9)), data }, crc32);
  }

  #flipped(frame: Uint8Array): Uint8Array {
    frame[this.below(frame.length)]! ^= 1 << this.below(8);
    return frame;
  }

  #withTarget(target: bigint): Uint8Array {
    const frame = Buffer.from(this.#frame(this.uids.attacker, this.uids.friend));
    frame.writeBigUInt64BE(target, 8);
    frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
    return frame;
  }
}

/** What the portable codec, the other implementation, says should become of a frame. */
function verdict(bytes: Uint8Array, uid: number): "relayed" | "malformed" | "forged" {
  const frame = decodeFrame(bytes, crc32);
  if (typeof frame === "object") return frame.uid === uid ? "relayed" : "forged";
  if (frame !== "uid_out_of_range") return "malformed";
  return Buffer.from(bytes).readBigUInt64BE(0) === BigInt(uid) ? "malformed" : "forged";
}

/** Sends until the server should have closed the socket, or `most` frames. @returns what should have been relayed */
async function attack(peer: Peer, generator: Generator, most: number): Promise<{ sent: number; relayed: Buffer[] }> {
  const relayed: Buffer[] = [];
  const wire: Buffer[] = [];
  let faults = 0;
  let expelled = false;
  while (wire.length < most && !expelled) {
    const bytes = generator.next();
    wire.push(wireFrame(OPCODE.binary, bytes));
    const outcome = verdict(bytes, peer.uid);
    if (outcome === "relayed") relayed.push(Buffer.from(bytes));
    else expelled = outcome === "forged" || ++faults === MAX_FAULTS;
  }
  const all = Buffer.concat(wire);
  for (let at = 0; at < all.length; ) {
    const end = at + 1 + generator.below(4000);
    peer.write(all.subarray(at, end));
    at = end;
  }
  if (expelled) expect(await peer.closed).toBe(1008);
  else await peer.sync();
  return { sent: wire.length, relayed };
}

/**
 * Those that are right arrive, in order, and nothing else does.
 * @param goesOn asked with the number of frames sent so far
 * @returns how many were sent
 */
export async function fuzzFrames(stage: Stage, seed: number, goesOn: (sent: number) => boolean): Promise<number> {
  const [login, friend, bystander] = [await stage.join(), await stage.peer(), await stage.peer()];
  const generator = new Generator(seed, { attacker: login.uid, friend: friend.uid, bystander: bystander.uid });
  const before = process.memoryUsage.rss();
  let sent = 0;
  while (goesOn(sent)) {
    const attacker = await stage.open(login);
    const part = await attack(attacker, generator, AT_ONCE);
    attacker.cut();
    sent += part.sent;
    const received = await friend.frames(part.relayed.length);
    expect(received).toEqual(part.relayed);
  }
  expect([await friend.soFar(), await bystander.soFar()]).toEqual([[], []]);
  expect((await (await stage.client()).get("/healthz")).status).toBe(200);
  expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH_BYTES);
  return sent;
}

/** Bytes that are no WebSocket frames end their own connection only. */
export async function fuzzBytes(stage: Stage, seed: number): Promise<void> {
  const random = randoms(seed);
  const [login, friend] = [await stage.join(), await stage.peer()];
  for (let i = 0; i < 30; i++) {
    const peer = await stage.open(login);
    peer.write(Uint8Array.from({ length: 500 }, () => random() * 256));
    peer.cut();
  }
  expect(await friend.soFar()).toEqual([]);
}
