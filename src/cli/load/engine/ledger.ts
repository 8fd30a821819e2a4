/**
 * Accounts for every message that the sockets of a crowd receive. Each sender numbers its messages to each target, so that
 * one number for each pair and a note of the gaps say which came, which came again and which came late.
 */
import { readUid, TARGET_OFFSET, UID_OFFSET } from "../../../protocol/frame.ts";
import { readStamp, type Stamp } from "./stamp.ts";

export interface Tally {
  /** Messages that came, each counted once. What was sent and is not in here was lost. */
  received: number;
  /** Came once more. */
  repeated: number;
  /** Came after a later one of the same sender; counted in `received` too. */
  outOfOrder: number;
  /** The CRC is wrong, or the frame is too short. */
  corrupt: number;
  /** Whole, but not from whom its stamp says, or for somebody else than the socket's user. */
  stray: number;
}

/** What came of one sender's messages to one socket. */
interface Line {
  /** One more than the highest sequence so far. */
  next: number;
  /** The sequences below `next` that have not come. */
  missing: Set<number> | undefined;
}

export class Ledger {
  readonly tally: Tally = { received: 0, repeated: 0, outOfOrder: 0, corrupt: 0, stray: 0 };
  private readonly own: readonly { readonly uid: number }[];
  private readonly uidOf: (sender: number) => number | undefined;
  /** For each socket its lines, by sender. */
  private readonly lines: Map<number, Line>[];

  /**
   * @param own users of the sockets
   * @param uidOf the user of the socket with an index in the whole crowd; undefined: nobody who writes to us
   */
  constructor(own: readonly { readonly uid: number }[], uidOf: (sender: number) => number | undefined) {
    this.own = own;
    this.uidOf = uidOf;
    this.lines = own.map(() => new Map());
  }

  /**
   * Enters a frame that socket `at` received.
   * @returns its stamp where this is the first time that it came
   */
  enter(at: number, frame: Uint8Array): Stamp | undefined {
    const stamp = readStamp(frame);
    if (stamp === undefined) {
      this.tally.corrupt++;
      return undefined;
    }
    const [from, to] = [readUid(frame, UID_OFFSET), readUid(frame, TARGET_OFFSET)];
    if (from !== this.uidOf(stamp.sender) || to !== this.own[at]!.uid) {
      this.tally.stray++;
      return undefined;
    }
    if (!this.isNew(at, stamp)) {
      this.tally.repeated++;
      return undefined;
    }
    this.tally.received++;
    return stamp;
  }

  private isNew(at: number, { sender, sequence }: Stamp): boolean {
    const lines = this.lines[at]!;
    let line = lines.get(sender);
    if (line === undefined) {
      line = { next: 0, missing: undefined };
      lines.set(sender, line);
    }
    if (sequence < line.next) {
      if (!line.missing?.delete(sequence)) return false;
      this.tally.outOfOrder++;
      return true;
    }
    for (let gap = line.next; gap < sequence; gap++) {
      line.missing ??= new Set();
      line.missing.add(gap);
    }
    line.next = sequence + 1;
    return true;
  }
}
