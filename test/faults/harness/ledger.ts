/** Compares what was sent and acked with what arrived. */
import type { Journal } from "./journal.ts";
import type { Sender } from "./sender.ts";

export interface Row {
  readonly scenario: string;
  readonly database: string;
  sent: number;
  acked: number;
  received: number;
  repeated: number;
  outOfOrder: number;
  lost: number;
  seconds: number;
  /** What else was measured. */
  readonly notes: string[];
  /** What should have been otherwise, besides losses. */
  readonly wrong: string[];
}

/** Whoever sends and says what was acked. */
export type LedgerSender = Pick<
  Sender,
  "uid" | "unsettled" | "sent" | "acked" | "resent" | "refused" | "pause" | "leave"
>;

export class Ledger {
  readonly senders: LedgerSender[] = [];
  /** By the receiver's uid. */
  readonly journals = new Map<number, Journal>();

  /** Acked frames that have not arrived. */
  get lost(): number {
    let lost = 0;
    for (const sender of this.senders) {
      for (const [msgId, target] of sender.acked) {
        if (!this.journals.get(target)?.has(sender.uid, msgId)) lost++;
      }
    }
    return lost;
  }

  get unsettled(): number {
    return this.senders.reduce((sum, sender) => sum + sender.unsettled, 0);
  }

  get received(): number {
    let received = 0;
    for (const journal of this.journals.values()) received += journal.received;
    return received;
  }

  /** Frames that came more often than once, each further time counted. */
  get repeated(): number {
    let repeated = 0;
    for (const journal of this.journals.values()) {
      for (const { times } of journal.senders.values()) for (const count of times.values()) repeated += count - 1;
    }
    return repeated;
  }

  /** Of those, the ones that no sender had sent again: the server's own repeats. */
  get repeatedByServer(): number {
    let repeated = 0;
    for (const { uid, resent } of this.senders) {
      for (const { senders } of this.journals.values()) {
        for (const [msgId, count] of senders.get(uid)?.times ?? []) if (!resent.has(msgId)) repeated += count - 1;
      }
    }
    return repeated;
  }

  /**
   * Frames that came first after a later one of the same sender. One that was refused in between does not count: its place
   * is where it was sent again.
   */
  get outOfOrder(): number {
    let wrong = 0;
    for (const sender of this.senders) {
      for (const journal of this.journals.values()) {
        let last = 0;
        for (const msgId of journal.senders.get(sender.uid)?.firsts ?? []) {
          if (sender.refused.has(msgId)) continue;
          if (msgId < last) wrong++;
          else last = msgId;
        }
      }
    }
    return wrong;
  }

  fill(row: Row): void {
    row.sent = this.senders.reduce((sum, { sent }) => sum + sent.size, 0);
    row.acked = this.senders.reduce((sum, { acked }) => sum + acked.size, 0);
    row.received = this.received;
    row.repeated = this.repeated;
    row.outOfOrder = this.outOfOrder;
    row.lost = this.lost;
    let corrupt = 0;
    for (const journal of this.journals.values()) corrupt += journal.corrupt;
    if (corrupt > 0) row.wrong.push(`${corrupt} corrupt frames`);
  }
}
