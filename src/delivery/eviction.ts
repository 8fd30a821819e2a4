import { CLOSE } from "../protocol/codes.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { CONFIRM_INTERVAL_MS, type Confirmation } from "./confirmation.ts";
import type { Held } from "./frame-log.ts";
import type { Recipient } from "./recipient.ts";
import type { Subscriber } from "./subscriber.ts";

/** What a `polyge.v2` client that fell behind is told to wait before it comes back, in ms. */
const BEHIND_RETRY_MS = 1000;
/** Past this share of the memory for unconfirmed frames, the clients that have owed a pong for longest are let go. */
const RELIEF_SHARE = 0.75;
/** Nobody is let go for want of memory who has owed an answer for less than this, in ms. */
const RELIEF_AFTER_MS = 1000;

export interface EvictionEvents {
  leave(subscriber: Subscriber): void;
  /** Stores what other nodes have owed an answer for so long, until memory no longer runs short. */
  storeRoutes(olderMs: number): void;
}

/** Lets go of sockets that keep the server waiting. Their frames are stored, so they get them when they come back. */
export class Eviction {
  /** Since the start. */
  evicted = 0;
  readonly #confirmation: Confirmation;
  readonly #recipients: Iterable<Recipient>;
  readonly #held: Held;
  readonly #limit: number;
  readonly #events: EvictionEvents;
  readonly #timer = setInterval(() => this.#relieve(), CONFIRM_INTERVAL_MS).unref();

  /** @param limit bytes that may be held at most */
  constructor(
    confirmation: Confirmation,
    recipients: Iterable<Recipient>,
    held: Held,
    limit: number,
    events: EvictionEvents,
  ) {
    this.#confirmation = confirmation;
    this.#recipients = recipients;
    this.#held = held;
    this.#limit = limit;
    this.#events = events;
  }

  evict(subscribers: readonly Subscriber[]): void {
    for (const subscriber of subscribers) {
      this.evicted++;
      this.#events.leave(subscriber);
      // Behind a full backlog a close frame would never arrive.
      if (subscriber.outlet.getBufferedAmount() > 0) subscriber.outlet.terminate();
      else this.#sendAway(subscriber);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sendAway({ outlet, v2 }: Subscriber): void {
    const code = CLOSE.tryAgainLater;
    const bye: ServerMessage = { type: "bye", code, retryAfterMs: BEHIND_RETRY_MS };
    if (v2) outlet.send(JSON.stringify(bye));
    outlet.close(code, "this socket fell too far behind");
  }

  get #isShort(): boolean {
    return this.#held.bytes > this.#limit * RELIEF_SHARE;
  }

  /** Keeps stalled clients from using up the memory that is for all. */
  #relieve(): void {
    if (!this.#isShort) return;
    for (const subscriber of this.#confirmation.overdue(this.#recipients, RELIEF_AFTER_MS)) {
      if (!this.#isShort) break;
      this.evict([subscriber]);
    }
    if (this.#isShort) this.#events.storeRoutes(RELIEF_AFTER_MS);
  }
}
