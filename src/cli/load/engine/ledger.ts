/**
 * Accounts for every message that the sockets of a crowd receive. Each socket has one peer, who numbers its messages, so
 * that one number for each socket and a note of the gaps say which came, which came again and which came late.
 */
import { readUid, TARGET_OFFSET, UID_OFFSET } from "../../../protocol/frame.ts";
import { readStamp, type Stamp } from "./stamp.ts";

/** Whom a socket belongs to and whom it hears from. */
export interface Line {
  readonly uid: number;
  readonly peerUid: number;
  /** Index of the peer's socket in the whole crowd. */
  readonly peer: number;
}

export interface Tally {
  /** Messages that came, each counted once. What was sent and is not in here was lost. */
  received: number;
  /** Came once more. */
  repeated: number;
  /** Came after a later one of the same sender; counted in `received` too. */
  outOfOrder: number;
  /** The CRC is wrong, or the frame is too short. */
  corrupt: number;
  /** Whole, but from somebody else than the peer, or for somebody else than the socket's user. */
  stray: number;
}

export class Ledger {
  readonly tally: Tally = { received: 0, repeated: 0, outOfOrder: 0, corrupt: 0, stray: 0 };
  private readonly lines: readonly Line[];
  /** For each socket: one more than the highest sequence so far. */
  private readonly next: Uint32Array;
  /** For a socket with gaps: the sequences below `next` that have not come. */
  private readonly missing = new Map<number, Set<number>>();

  constructor(lines: readonly Line[]) {
    this.lines = lines;
    this.next = new Uint32Array(lines.length);
  }

  /**
   * Enters a frame that socket `at` received.
   * @returns its stamp where this is the first time that it came
   */
  enter(at: number, frame: Uint8Array): Stamp | undefined {
    const line = this.lines[at]!;
    const stamp = readStamp(frame);
    if (stamp === undefined) {
      this.tally.corrupt++;
      return undefined;
    }
    const [from, to] = [readUid(frame, UID_OFFSET), readUid(frame, TARGET_OFFSET)];
    if (from !== line.peerUid || to !== line.uid || stamp.sender !== line.peer) {
      this.tally.stray++;
      return undefined;
    }
    if (!this.isNew(at, stamp.sequence)) {
      this.tally.repeated++;
      return undefined;
    }
    this.tally.received++;
    return stamp;
  }

  private isNew(at: number, sequence: number): boolean {
    const expected = this.next[at]!;
    if (sequence < expected) {
      if (!this.missing.get(at)?.delete(sequence)) return false;
      this.tally.outOfOrder++;
      return true;
    }
    if (sequence > expected) this.noteGap(at, expected, sequence);
    this.next[at] = sequence + 1;
    return true;
  }

  private noteGap(at: number, from: number, to: number): void {
    const gaps = this.missing.get(at) ?? new Set();
    this.missing.set(at, gaps);
    for (let sequence = from; sequence < to; sequence++) gaps.add(sequence);
  }
}
