/** Frames of every kind of wrong, among right ones, cut up anyhow on the wire. */
import { expect } from "bun:test";
import fc, { type Arbitrary } from "fast-check";
import { decodeFrame, encodeFrame, type Frame } from "../../src/protocol/frame.ts";
import { crc32, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import type { Stage } from "../support/stage.ts";

/** In one connection at most. */
const AT_ONCE = 300;
const MAX_FAULTS = 16;

interface Uids {
  readonly attacker: number;
  readonly friend: number;
  readonly bystander: number;
}
type Fields = Pick<Frame, "msgId" | "timestampMs" | "data">;

/** A message, before it is known who speaks with whom. */
type Draft =
  | { readonly kind: "right" | "forged"; readonly fields: Fields }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "flipped"; readonly fields: Fields; readonly at: number; readonly bit: number }
  | { readonly kind: "short"; readonly fields: Fields; readonly length: number }
  /** `bystander`: beside the bystander's uid a bit that no uid has. */
  | { readonly kind: "target"; readonly fields: Fields; readonly target: bigint | "bystander" };

const data = fc
  .tuple(fc.oneof({ weight: 19, arbitrary: fc.nat(100) }, fc.nat(5000)), fc.nat(255))
  .map(([size, fill]) => new Uint8Array(size).fill(fill));
const fields = fc.record({ msgId: fc.bigInt(0n, 2n), timestampMs: fc.bigInt(0n, 2n ** 64n - 1n), data });
const kind = <K extends Draft["kind"]>(name: K) => fc.constant(name);

const wrong: Arbitrary<Draft> = fc.oneof(
  fc.record({ kind: kind("bytes"), bytes: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ kind: kind("flipped"), fields, at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: kind("short"), fields, length: fc.nat(35) }),
  fc.record({
    kind: kind("target"),
    fields,
    target: fc.constantFrom<(bigint | "bystander")[]>(0n, 2n ** 53n, 2n ** 64n - 1n, "bystander"),
  }),
);

function bytesOf(draft: Draft, { attacker, friend, bystander }: Uids): Uint8Array {
  if (draft.kind === "bytes") return draft.bytes;
  if (draft.kind === "forged") return encodeFrame({ uid: bystander, target: bystander, ...draft.fields }, crc32);
  const frame = Buffer.from(encodeFrame({ uid: attacker, target: friend, ...draft.fields }, crc32));
  if (draft.kind === "flipped") frame[draft.at % frame.length]! ^= 1 << draft.bit;
  if (draft.kind === "short") return frame.subarray(0, draft.length);
  if (draft.kind === "target") {
    frame.writeBigUInt64BE(draft.target === "bystander" ? (1n << 60n) | BigInt(bystander) : draft.target, 8);
    frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  }
  return frame;
}

/** What goes over one connection: its messages, and how long the pieces are in which they are written, again and again. */
export const streams = fc.record({
  drafts: fc.array(
    fc.oneof(
      { weight: 60, arbitrary: fc.record({ kind: kind("right"), fields }) },
      { weight: 5, arbitrary: wrong },
      { weight: 1, arbitrary: fc.record({ kind: kind("forged"), fields }) },
    ),
    { minLength: 1, maxLength: AT_ONCE, size: "max" },
  ),
  pieces: fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 8 }),
});

/** What the portable codec, the other implementation, says should become of a frame. */
function verdict(bytes: Uint8Array, uid: number): "relayed" | "malformed" | "forged" {
  const frame = decodeFrame(bytes, crc32);
  if (typeof frame === "object") return frame.uid === uid ? "relayed" : "forged";
  if (frame !== "uid_out_of_range") return "malformed";
  return Buffer.from(bytes).readBigUInt64BE(0) === BigInt(uid) ? "malformed" : "forged";
}

/** What should become of messages: which are relayed, and whether the socket is closed for them. */
function expected(messages: readonly Uint8Array[], uid: number): { relayed: Buffer[]; expelled: boolean } {
  const relayed: Buffer[] = [];
  let faults = 0;
  for (const bytes of messages) {
    const outcome = verdict(bytes, uid);
    if (outcome === "relayed") relayed.push(Buffer.from(bytes));
    else if (outcome === "forged" || ++faults === MAX_FAULTS) return { relayed, expelled: true };
  }
  return { relayed, expelled: false };
}

function writeInPieces(peer: Peer, bytes: Buffer, pieces: readonly number[]): void {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + pieces[turn % pieces.length]!;
    peer.write(bytes.subarray(at, end));
    at = end;
  }
}

/** The right ones of a stream arrive, in order, and nothing else does. */
export class FrameCheck {
  private constructor(
    readonly stage: Stage,
    readonly attacker: { readonly uid: number; readonly token: string },
    readonly friend: Peer,
    readonly bystander: Peer,
  ) {}

  static async on(stage: Stage): Promise<FrameCheck> {
    return new FrameCheck(stage, await stage.join(), await stage.peer(), await stage.peer());
  }

  /** @returns how many messages it had */
  async stream({
    drafts,
    pieces,
  }: {
    readonly drafts: readonly Draft[];
    readonly pieces: readonly number[];
  }): Promise<number> {
    const { attacker, friend, bystander } = this;
    const uids = { attacker: attacker.uid, friend: friend.uid, bystander: bystander.uid };
    const messages = drafts.map((draft) => bytesOf(draft, uids));
    const { relayed, expelled } = expected(messages, attacker.uid);
    const peer = await this.stage.open(attacker);
    writeInPieces(peer, Buffer.concat(messages.map((each) => wireFrame(OPCODE.binary, each))), pieces);
    // Not a wait for an end that may never come: a failure is to be shrunk.
    const state = await peer.sync().then(
      () => "open",
      () => peer.closed,
    );
    expect(state).toBe(expelled ? 1008 : "open");
    peer.cut();
    expect(await friend.soFar()).toEqual(relayed);
    expect(await bystander.soFar()).toEqual([]);
    return messages.length;
  }

  /** Bytes that are no WebSocket frames end their own connection only. */
  async bytes(bytes: Uint8Array): Promise<void> {
    const peer = await this.stage.open(this.attacker);
    peer.write(bytes);
    peer.cut();
    expect(await this.friend.soFar()).toEqual([]);
  }
}
