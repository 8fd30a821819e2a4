import { Histogram } from "../metrics/histogram.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { Confirmation } from "./confirmation.ts";
import type { MailboxQueue } from "./mailbox-queue.ts";
import { NOT_FOLLOWED, type Recipient } from "./recipient.ts";
import type { Senders } from "./senders.ts";
import type { Subscriber } from "./subscriber.ts";

/** What clients confirm, by pong or `got`: stored frames may be deleted, held ones dropped, and their senders are told. */
export class Receipts {
  /** Frames of logs that were confirmed, since the start. */
  confirmed = 0;
  /** From accepting a frame to its confirmation, of the frames that are followed. */
  readonly times = new Histogram();
  readonly #confirmation: Confirmation;
  readonly #queue: MailboxQueue;
  readonly #senders: Senders;
  readonly #cluster: Cluster;

  constructor(confirmation: Confirmation, queue: MailboxQueue, senders: Senders, cluster: Cluster) {
    this.#confirmation = confirmation;
    this.#queue = queue;
    this.#senders = senders;
    this.#cluster = cluster;
  }

  /**
   * Measures how long the frame that was last held for a recipient takes to be confirmed, unless an earlier one is followed.
   * @param sinceMs when it came, in ms of `performance.now()`
   */
  follow(recipient: Recipient, sinceMs: number): void {
    if (recipient.followed !== NOT_FOLLOWED) return;
    recipient.followed = recipient.log.end - 1;
    recipient.followedMs = sinceMs;
  }

  /** A pong came. It proves that the client's WebSocket stack has everything sent before the ping. */
  pong(subscriber: Subscriber, payload: Buffer): void {
    const { pingStored, pingLog } = subscriber;
    if (!this.#confirmation.answered(subscriber, payload)) return;
    this.#confirm(subscriber, pingStored, pingLog);
    if (subscriber.hasUnconfirmed) this.#confirmation.request(subscriber.recipient);
  }

  /** A v2 client has processed its socket's first `frames` binary frames. False where it was not sent so many. */
  got(subscriber: Subscriber, frames: number): boolean {
    const position = subscriber.positionAfter(frames);
    if (position === undefined) return false;
    this.#confirm(subscriber, position.stored, position.log);
    return true;
  }

  #confirm(subscriber: Subscriber, stored: number, log: number): void {
    const { recipient } = subscriber;
    const run = subscriber.stored?.confirm(stored);
    if (run !== undefined) {
      this.#queue.remove(recipient.uid, run.upTo);
      for (const head of run.heads) this.#senders.deliveredStored(head);
    }
    if (log <= subscriber.confirmedLog) return;
    subscriber.confirmedLog = log;
    if (log <= recipient.confirmed) return;
    this.confirmed += log - recipient.confirmed;
    if (this.#senders.concerned) {
      const others = recipient.answeredElsewhere();
      for (let seq = recipient.confirmed; seq < log; seq++) {
        if (!others.has(seq)) this.#senders.delivered(recipient.log.at(seq));
      }
    }
    recipient.confirmed = log;
    if (log > recipient.followed) {
      this.times.observeMs(performance.now() - recipient.followedMs);
      recipient.followed = NOT_FOLLOWED;
    }
    this.#cluster.confirmed(recipient, log);
    recipient.trim();
  }
}
