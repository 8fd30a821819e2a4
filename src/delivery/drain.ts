import pLimit from "p-limit";
import type { MailboxQueue } from "./mailbox-queue.ts";
import { DRAIN_BACKLOG_BYTES } from "./outlet.ts";
import type { Subscriber } from "./subscriber.ts";

/** Pause before the mailbox is tried again, in ms. */
const RETRY_MS = 250;
/** Pages read from mailboxes at the same time. A socket that cannot take its page yet holds neither a turn nor a page. */
const CONCURRENT_READS = 32;
/** Users asked for in one query at most. */
const WAITING_BATCH = 1000;

export interface DrainEvents {
  /** The socket was sent something to confirm. */
  sent(subscriber: Subscriber): void;
  /** The socket did not take a frame. */
  fellBehind(subscriber: Subscriber): void;
  /** The socket was sent all that came before, in this very turn: it is live from now on. */
  ready(subscriber: Subscriber): void;
}

/** Brings a socket that just opened up to date: its user's stored frames, oldest first, then the log, then live. */
export class Drain {
  readonly #queue: MailboxQueue;
  readonly #events: DrainEvents;
  /** Sockets about whose mailboxes the next query asks. */
  #asking: { subscriber: Subscriber; answer: (waiting: boolean) => void }[] = [];
  #querying = false;
  readonly #reads = pLimit(CONCURRENT_READS);

  constructor(queue: MailboxQueue, events: DrainEvents) {
    this.#queue = queue;
    this.#events = events;
  }

  async start(subscriber: Subscriber): Promise<void> {
    const { recipient } = subscriber;
    let seen = -1;
    for (let after = 0; subscriber.state === "draining" && recipient.spills !== seen; ) {
      seen = recipient.spills;
      recipient.spilling = false;
      // Until what was accepted for this user earlier is on disk, and what she confirmed earlier is deleted, the mailbox
      // would show too little or too much.
      await this.#queue.settled();
      if (await this.#hasWaiting(subscriber)) after = await this.#sendStored(subscriber, after);
    }
    await this.#sendLogged(subscriber);
    if (subscriber.state === "draining") this.#events.ready(subscriber);
  }

  /** Sends the mailbox's frames after the one with id `after`. @returns the last one's id */
  async #sendStored(subscriber: Subscriber, from: number): Promise<number> {
    let after = from;
    while (subscriber.state === "draining") {
      while (isCrowded(subscriber)) await subscriber.room();
      const page = await this.#insist(subscriber, () =>
        this.#reads(() => this.#queue.read(subscriber.recipient.uid, after)),
      );
      if (page === undefined || page.length === 0 || subscriber.state !== "draining") return after;
      let taken = true;
      subscriber.outlet.cork(() => {
        for (const frame of page) taken &&= subscriber.sendStored(frame);
      });
      after = page.at(-1)!.id;
      if (taken) this.#events.sent(subscriber);
      else this.#events.fellBehind(subscriber);
    }
    return after;
  }

  /** Ends in the same turn in which the last frame of the log was sent, so that none can come in between. */
  async #sendLogged(subscriber: Subscriber): Promise<void> {
    subscriber.inLog = true;
    while (subscriber.state === "draining" && subscriber.cursor < subscriber.recipient.sentEnd) {
      if (isCrowded(subscriber)) await subscriber.room();
      else if (!subscriber.sendNextLogged()) this.#events.fellBehind(subscriber);
    }
  }

  /** One query asks for all sockets that opened in the same turn, or while the query before was under way. */
  #hasWaiting(subscriber: Subscriber): Promise<boolean> {
    return new Promise((answer) => {
      this.#asking.push({ subscriber, answer });
      if (!this.#querying) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#querying = true;
    await Promise.resolve();
    while (this.#asking.length > 0) {
      const batch = this.#asking.splice(0, WAITING_BATCH);
      const open = batch.filter(({ subscriber }) => subscriber.state !== "gone");
      const waiting = await this.#queue
        .waiting(open.map(({ subscriber }) => subscriber.recipient.uid))
        .catch(() => undefined);
      if (waiting === undefined) {
        this.#asking.unshift(...open);
        await Bun.sleep(RETRY_MS);
        continue;
      }
      for (const { subscriber, answer } of batch) answer(waiting.has(subscriber.recipient.uid));
    }
    this.#querying = false;
  }

  /** Tries until the database answers; undefined where the socket went first. */
  async #insist<T>(subscriber: Subscriber, work: () => Promise<T>): Promise<T | undefined> {
    while (subscriber.state === "draining") {
      try {
        return await work();
      } catch {
        await Bun.sleep(RETRY_MS);
      }
    }
    return undefined;
  }
}

const isCrowded = (subscriber: Subscriber) =>
  subscriber.state === "draining" && subscriber.outlet.getBufferedAmount() > DRAIN_BACKLOG_BYTES;
