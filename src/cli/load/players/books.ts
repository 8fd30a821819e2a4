/** What one client process writes down of its messages and sockets. */
import { Latency } from "../engine/latency.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Counts, Outcome } from "./orders.ts";

/** A latency of the whole run, and of the time since the last sample. */
class Twofold {
  readonly all = new Latency();
  readonly recent = new Latency();

  record(microseconds: number, counts: boolean): void {
    this.recent.record(microseconds);
    if (counts) this.all.record(microseconds);
  }

  /** The recent one, packed; begins it anew. */
  take(): string {
    const packed = this.recent.pack();
    this.recent.reset();
    return packed;
  }
}

export class Books {
  readonly latency = new Twofold();
  readonly connect = new Twofold();
  readonly mail = new Latency();
  readonly ack = new Latency();
  readonly sendLag = new Latency();
  readonly codes: Record<string, number> = {};
  readonly refusals: Record<string, number> = {};
  readonly nacks: Record<string, number> = {};
  open = 0;
  connects = 0;
  refused = 0;
  ended = 0;
  sent = 0;
  unsent = 0;
  acked = 0;
  nacked = 0;
  pings = 0;
  private readonly sentIn: number[] = [];
  private readonly arrivedIn: number[] = [];
  private readonly zeroUs: number;
  private readonly ledger: Ledger;

  constructor(zeroUs: number, ledger: Ledger) {
    this.zeroUs = zeroUs;
    this.ledger = ledger;
  }

  noteSent(dueUs: number): void {
    this.sent++;
    const second = this.secondOf(dueUs);
    this.sentIn[second] = (this.sentIn[second] ?? 0) + 1;
  }

  noteArrived(dueUs: number): void {
    const second = this.secondOf(dueUs);
    this.arrivedIn[second] = (this.arrivedIn[second] ?? 0) + 1;
  }

  counts(): Counts {
    const { open, connects, refused, ended, sent, unsent, acked, nacked } = this;
    return { ...this.ledger.tally, open, connects, refused, ended, sent, unsent, acked, nacked };
  }

  outcome(): Outcome {
    const { codes, refusals, nacks, pings } = this;
    return {
      counts: this.counts(),
      pings,
      codes,
      refusals,
      nacks,
      // Seconds without a message are holes.
      sentIn: Array.from(this.sentIn, (count) => count ?? 0),
      arrivedIn: Array.from(this.arrivedIn, (count) => count ?? 0),
      latency: this.latency.all.pack(),
      mail: this.mail.pack(),
      ack: this.ack.pack(),
      connect: this.connect.all.pack(),
      sendLag: this.sendLag.pack(),
    };
  }

  private secondOf(us: number): number {
    return Math.max(0, Math.floor((us - this.zeroUs) / 1e6));
  }
}

export const tick = (record: Record<string, number>, key: string): void => {
  record[key] = (record[key] ?? 0) + 1;
};
