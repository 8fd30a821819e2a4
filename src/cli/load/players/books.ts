/** What one client process writes down of its messages and sockets. */
import { Latency } from "../engine/latency.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Counts, Outcome } from "./orders.ts";

export class Books {
  /** From due to arrival: the recent ones, and those of the whole run by where the two sockets are. */
  readonly recentLatency = new Latency();
  readonly sameNode = new Latency();
  readonly acrossNodes = new Latency();
  /** From the first try to the upgrade: the recent ones, and all. */
  readonly recentConnect = new Latency();
  readonly connect = new Latency();
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
  /** Answered by sockets that have ended. */
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

  /** @param openPings answered by sockets that are still open */
  outcome(openPings: number): Outcome {
    const { codes, refusals, nacks } = this;
    return {
      counts: this.counts(),
      pings: this.pings + openPings,
      codes,
      refusals,
      nacks,
      // Seconds without a message are holes.
      sentIn: Array.from(this.sentIn, (count) => count ?? 0),
      arrivedIn: Array.from(this.arrivedIn, (count) => count ?? 0),
      sameNode: this.sameNode.pack(),
      acrossNodes: this.acrossNodes.pack(),
      mail: this.mail.pack(),
      ack: this.ack.pack(),
      connect: this.connect.pack(),
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
