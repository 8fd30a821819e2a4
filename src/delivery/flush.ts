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

/**
 * Sends live sockets what was accepted for them, once in a turn of the event loop. All that a socket gets in a turn, its
 * confirmation ping included, is corked into one write: a system call for each frame would cost ten times the frame.
 */
export class Flush {
  readonly #confirmation: Confirmation;
  readonly #events: FlushEvents;
  /** From the first frame of a turn until all of the turn is written. */
  readonly times = new Histogram();
  /** Bytes of frames written to live sockets since the start. */
  bytes = 0;
  #due: Recipient[] = [];
  #armed = false;
  #armedMs = 0;
  /** The socket being written to. Fields, since a closure for each write would be garbage on the hot path. */
  #subscriber!: Subscriber;
  #pings = false;
  #taken = true;

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

  /** Does at once what waits for the end of the turn. */
  now(): void {
    const due = this.#due;
    this.#due = [];
    for (let at = due.length - 1; at >= 0; at--) this.#flush(due[at]!);
  }

  readonly #run = () => {
    this.#armed = false;
    this.now();
    this.times.observeMs(performance.now() - this.#armedMs);
  };

  /** Counts the bytes of what came in this turn so far. Nothing else: a frame is on its way to a recipient meanwhile. */
  count(): void {
    for (const { log } of this.#due) log.count();
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
