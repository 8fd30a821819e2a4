import pLimit from "p-limit";
import type { MailboxQueue } from "./mailbox-queue.ts";
import { DRAIN_BACKLOG_BYTES } from "./outlet.ts";
import type { Recipient } from "./recipient.ts";
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
  /** Users whose mailboxes the next query looks at once more. */
  #toLookAt: { recipient: Recipient; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #looking = false;
  #halted = false;
  readonly #reads = pLimit(CONCURRENT_READS);
  /** Stored frames given to sockets since the start; bytes of those and of what else a drain sends. */
  frames = 0;
  bytes = 0;

  constructor(queue: MailboxQueue, events: DrainEvents) {
    this.#queue = queue;
    this.#events = events;
  }

  /** Nothing more is sent: what is left comes after the restart, and would come twice. */
  halt(): void {
    this.#halted = true;
  }

  async start(subscriber: Subscriber): Promise<void> {
    const { recipient } = subscriber;
    for (let seen = -1; this.#goesOn(subscriber) && recipient.mail !== seen; ) {
      seen = recipient.mail;
      recipient.state = "here";
      // Until what was accepted for this user earlier is on disk, and what she confirmed earlier is deleted, the mailbox
      // would show too little or too much.
      await this.#queue.settled();
      if (await this.#hasWaiting(subscriber)) await this.#sendStored(subscriber);
    }
    await this.#bringToEnd(subscriber, recipient.mail);
  }

  /**
   * Looks whether more is in these users' mailboxes than their sockets were sent, and sends it. Rejects where the database
   * is away; what is live stays live then.
   */
  async catchUp(recipients: readonly Recipient[]): Promise<void> {
    await Promise.all(recipients.map((recipient) => this.#lookAt(recipient)));
  }

  /** One query for all who are to be looked at in the same turn, or while the query before was under way. */
  #lookAt(recipient: Recipient): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#toLookAt.push({ recipient, resolve, reject });
    if (!this.#looking) void this.#look();
    return promise;
  }

  async #look(): Promise<void> {
    this.#looking = true;
    await Promise.resolve();
    while (this.#toLookAt.length > 0) {
      const some = this.#toLookAt.splice(0, WAITING_BATCH);
      try {
        const waiting = await this.#queue.waiting(some.map(({ recipient }) => recipient.uid));
        for (const { recipient, resolve } of some) {
          if (waiting.has(recipient.uid)) this.#again(recipient);
          resolve();
        }
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    this.#looking = false;
  }

  #again(recipient: Recipient): void {
    recipient.mail++;
    for (const subscriber of recipient.subscribers) {
      if (subscriber.state !== "live") continue;
      subscriber.state = "draining";
      void this.#resume(subscriber);
    }
  }

  /** As `start`, but a socket that was live does not wait for a database that is away: somebody will look again. */
  async #resume(subscriber: Subscriber): Promise<void> {
    const { mail } = subscriber.recipient;
    subscriber.turn("stored");
    await this.#sendStored(subscriber);
    subscriber.turn("log");
    await this.#bringToEnd(subscriber, mail);
  }

  /** Sends the log; the socket is then live, unless there was new mail since it was `seen`. */
  async #bringToEnd(subscriber: Subscriber, seen: number): Promise<void> {
    await this.#sendLogged(subscriber, seen);
    if (!this.#goesOn(subscriber)) return;
    if (subscriber.recipient.mail !== seen) return this.#resume(subscriber);
    this.#events.ready(subscriber);
  }

  /** Sends the mailbox's frames after the last that it was given. */
  async #sendStored(subscriber: Subscriber): Promise<void> {
    while (this.#goesOn(subscriber)) {
      while (isCrowded(subscriber)) await subscriber.room();
      const after = subscriber.stored?.lastId ?? 0;
      const page = await this.#insist(subscriber, () =>
        this.#reads(() => this.#queue.read(subscriber.recipient.uid, after)),
      );
      if (page === undefined || page.length === 0 || !this.#goesOn(subscriber)) return;
      let taken = true;
      subscriber.outlet.cork(() => {
        for (const frame of page) taken &&= subscriber.sendStored(frame);
      });
      this.frames += page.length;
      for (const { frame } of page) this.bytes += frame.length;
      if (taken) this.#events.sent(subscriber);
      else this.#events.fellBehind(subscriber);
    }
  }

  /** Ends in the same turn in which the last frame of the log was sent, so that none can come in between. */
  async #sendLogged(subscriber: Subscriber, seen: number): Promise<void> {
    const { recipient } = subscriber;
    subscriber.inLog = true;
    // New mail is older than what came into the log since.
    while (this.#goesOn(subscriber) && recipient.mail === seen && subscriber.cursor < recipient.sentEnd) {
      if (isCrowded(subscriber)) {
        await subscriber.room();
        continue;
      }
      this.bytes += recipient.log.at(subscriber.cursor).length;
      if (!subscriber.sendNextLogged()) this.#events.fellBehind(subscriber);
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

  #goesOn({ state }: Subscriber): boolean {
    return state === "draining" && !this.#halted;
  }

  /** Tries until the database answers; undefined where the socket went first, or was live before and is to be so again. */
  async #insist<T>(subscriber: Subscriber, work: () => Promise<T>): Promise<T | undefined> {
    while (this.#goesOn(subscriber)) {
      try {
        return await work();
      } catch {
        if (subscriber.inLog) return undefined;
        await Bun.sleep(RETRY_MS);
      }
    }
    return undefined;
  }
}

const isCrowded = ({ state, outlet }: Subscriber) =>
  state === "draining" && outlet.getBufferedAmount() > DRAIN_BACKLOG_BYTES;
