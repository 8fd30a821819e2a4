import { Histogram } from "../metrics/histogram.ts";
import type { Confirmation } from "./confirmation.ts";
import type { Recipient } from "./recipient.ts";
import type { Subscriber } from "./subscriber.ts";

export interface FlushEvents {
  /** Frames came for a recipient who has a socket, since `sinceMs` in ms of `performance.now()`; or it is to be pinged. */
  came(recipient: Recipient, sinceMs: number): void;
  /** A socket did not take a frame or a ping: nothing after it may be sent there. */
  fellBehind(subscriber: Subscriber): void;
}

/** So many have their memory fetched together, before each is looked at. */
export const AHEAD = 16;
/** What fewer recipients have in memory is still in the processor's caches when a turn ends. */
const MANY = 128;

/**
 * Sends live sockets what was accepted for them, once in a turn of the event loop. All that a socket gets in a turn, its
 * confirmation ping included, is corked into one write: a system call for each frame would cost ten times the frame.
 */
export class Flush {
  readonly #confirmation: Confirmation;
  readonly #events: FlushEvents;
  /** From the first frame of a turn until all of the turn is written. */
  readonly times = new Histogram();
  /** Whether the last turn brought something for so many that their memory has left the processor's caches by the next one. */
  crowded = false;
  /** Bytes of frames written to live sockets since the start. */
  bytes = 0;
  #due: Recipient[] = [];
  #armed = false;
  #armedMs = 0;
  /** The socket being written to. Fields, since a closure for each write would be garbage on the hot path. */
  #subscriber!: Subscriber;
  #pings = false;
  #taken = true;
  /** For nobody: it keeps the reads of `#fetch` from being compiled away. */
  fetched = 0;

  constructor(confirmation: Confirmation, events: FlushEvents) {
    this.#confirmation = confirmation;
    this.#events = events;
  }

  /** Sees to it that a recipient's sockets are brought up to date at the end of this turn. */
  request(recipient: Recipient): void {
    if (recipient.flushing) return;
    recipient.flushing = true;
    this.#due.push(recipient);
    if (this.#armed) return;
    this.#armed = true;
    this.#armedMs = performance.now();
    setImmediate(this.#run);
  }

  /** Does what is left of a turn that began at `sinceMs`, in ms of `performance.now()`, and sends at once what comes of it. */
  endTurn(sinceMs: number, work: () => void): void {
    if (this.#armed) return work();
    this.#armed = true;
    this.#armedMs = sinceMs;
    try {
      work();
    } finally {
      this.#run();
    }
  }

  /** Does at once what waits for the end of the turn. */
  now(): void {
    const due = this.#due;
    this.#due = [];
    this.crowded = due.length >= MANY;
    for (let end = due.length; end > 0; end -= AHEAD) {
      const start = Math.max(0, end - AHEAD);
      if (this.crowded) this.#fetch(due, start, end);
      for (let at = end - 1; at >= start; at--) this.#flush(due[at]!);
    }
  }

  readonly #run = () => {
    this.#armed = false;
    this.now();
    this.times.observeMs(performance.now() - this.#armedMs);
  };

  /**
   * Reads a little of all that the next writes need. By the end of a turn these objects have left the processor's caches, and
   * a write's system calls push out what was read long before it. Read together they are fetched side by side; in the writes
   * themselves each would be waited for alone (group prefetching: Chen et al., "Improving hash join performance through
   * prefetching", ICDE 2004).
   */
  #fetch(due: readonly Recipient[], start: number, end: number): void {
    let sum = 0;
    for (let at = start; at < end; at++) sum += due[at]!.pingedMs;
    for (let at = start; at < end; at++) {
      const { log, first } = due[at]!;
      sum += log.base;
      if (first !== undefined) sum += first.pingMs;
    }
    for (let at = start; at < end; at++) {
      const { log, first } = due[at]!;
      sum += log.length;
      // What the runtime keeps of the socket.
      if (first !== undefined) sum += first.outlet.getBufferedAmount();
    }
    for (let at = start; at < end; at++) sum += due[at]!.log.fetch();
    this.fetched = sum;
  }

  #flush(recipient: Recipient): void {
    if (recipient.first !== undefined) this.#events.came(recipient, this.#armedMs);
    recipient.flushing = false;
    const ping = this.#confirmation.takes(recipient);
    for (let subscriber = recipient.first; subscriber !== undefined; subscriber = subscriber.next) {
      if (subscriber.state === "live" && subscriber.cursor < recipient.sentEnd) this.#write(subscriber, ping);
      else if (ping && !this.#confirmation.ping(subscriber)) this.#events.fellBehind(subscriber);
    }
  }

  #write(subscriber: Subscriber, ping: boolean): void {
    this.#subscriber = subscriber;
    this.#pings = ping;
    this.#taken = true;
    subscriber.outlet.cork(this.#corked);
    if (!this.#taken) this.#events.fellBehind(subscriber);
  }

  readonly #corked = () => {
    const subscriber = this.#subscriber;
    const bytes = subscriber.sendLogged();
    this.#taken = bytes >= 0;
    if (this.#taken) this.bytes += bytes;
    if (this.#pings && this.#taken) this.#taken = this.#confirmation.ping(subscriber);
  };
}
