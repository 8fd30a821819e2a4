import type { Recipient } from "./recipient.ts";
import type { Subscriber } from "./subscriber.ts";

/** A socket is pinged for confirmation at most this often. */
export const CONFIRM_INTERVAL_MS = 100;

/**
 * Held for one user, so many bytes are asked about at once, whatever the interval: hundreds of frames pay for the ping, and
 * what is held for a shorter time costs the relay less. At 25,000 frames a second for each socket, a message costs 10 % less
 * than when all wait for the interval.
 */
export const HURRY_BYTES = 192 * 1024;

/** Recipients pinged in one interval at most. */
const MAX_PINGS = 1000;
/**
 * While more than `BUSY_FRAMES` are relayed in an interval, one ping for so many frames, and `MIN_PINGS` at least. A ping and
 * its pong cost the server about as much as a message and a half, and holding a frame for long a fifth of one: with thousands
 * of busy sockets each is pinged less often, and the relay keeps its speed.
 */
const FRAMES_PER_PING = 64;
const MIN_PINGS = 200;
const BUSY_FRAMES = 5000;

/** A ping's payload. Bun copies it, so one buffer serves every ping. */
const payload = Buffer.alloc(4);

/**
 * Sends the pings whose pongs confirm. TCP keeps order, so the pong to a ping sent after a frame proves that the client's
 * WebSocket stack has the frame (RFC 6455, sections 5.5.2 and 5.5.3).
 *
 * A recipient's first frame after a pause is followed by a ping in the same turn of the loop; further ones wait for the
 * interval. While the relay is busy, a ping whose time has come goes with the next frames: a write of its own, and the read of
 * its pong, would cost as much as a dozen frames.
 */
export class Confirmation {
  readonly #clock: { readonly ms: number };
  readonly #relayed: () => number;
  readonly #due: (recipient: Recipient) => void;
  readonly #timer = setInterval(() => this.#tick(), CONFIRM_INTERVAL_MS).unref();
  #later: Recipient[] = [];
  /** Admitted while the relay is busy: asked by their next frames' write, or by themselves where none came by the next interval. */
  #riding: Recipient[] = [];
  #budget = MAX_PINGS;
  #relayedBefore = 0;

  /**
   * @param relayed frames relayed since the start
   * @param due a recipient is to be pinged at the end of this turn, by `takes` and `ping`
   */
  constructor(clock: { readonly ms: number }, relayed: () => number, due: (recipient: Recipient) => void) {
    this.#clock = clock;
    this.#relayed = relayed;
    this.#due = due;
  }

  /** Sees to it that a recipient with something unconfirmed is pinged. */
  request(recipient: Recipient): void {
    if (recipient.ping !== "none") return;
    recipient.ping = "later";
    if (recipient.waitsForInterval) return;
    if (this.#budget === 0 || this.#clock.ms - recipient.pingedMs < CONFIRM_INTERVAL_MS) {
      recipient.waitsForInterval = true;
      this.#later.push(recipient);
      return;
    }
    this.#admit(recipient, false);
  }

  /**
   * Pings a recipient that waits for the interval at the end of this turn, where much is held for it. Its place in the queue
   * lapses.
   */
  hurry(recipient: Recipient): void {
    if (recipient.log.bytes <= HURRY_BYTES) return;
    if (!recipient.mayHurry) return;
    recipient.ping = "due";
    this.#due(recipient);
  }

  /** Whether a recipient's sockets are to be pinged now, which they must be if so. */
  takes(recipient: Recipient): boolean {
    if (recipient.ping !== "due") return false;
    recipient.ping = "none";
    recipient.pingedMs = this.#clock.ms;
    return true;
  }

  /** Pings a socket where it has something unconfirmed that no ping asks for yet. False where the socket did not take it. */
  ping(subscriber: Subscriber): boolean {
    if (subscriber.v2 || subscriber.pingId !== 0 || !subscriber.hasUnconfirmed) return true;
    payload.writeUInt32BE(subscriber.markPing(this.#clock.ms), 0);
    return subscriber.outlet.ping(payload) !== 0;
  }

  /** Takes a pong's payload; true where it answers the ping under way on this socket. An unsolicited pong does not. */
  answered(subscriber: Subscriber, pong: Buffer): boolean {
    if (subscriber.pingId === 0 || pong.length !== 4 || pong.readUInt32BE(0) !== subscriber.pingId) return false;
    subscriber.pingId = 0;
    return true;
  }

  /** Of these users' sockets those that have owed a pong for so long, in ms, the longest first. */
  overdue(recipients: Iterable<Recipient>, forMs: number): Subscriber[] {
    const since = this.#clock.ms - forMs;
    const owing: Subscriber[] = [];
    for (const { first } of recipients) {
      for (let each = first; each !== undefined; each = each.next) {
        if (each.pingId !== 0 && each.pingMs <= since) owing.push(each);
      }
    }
    return owing.sort((a, b) => a.pingMs - b.pingMs);
  }

  /** Everyone who has something unconfirmed is due, whatever the interval says. */
  hasten(): void {
    this.#askAlone();
    for (const recipient of this.#later.splice(0)) this.#admit(recipient, false);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#askAlone();
    const relayed = this.#relayed() - this.#relayedBefore;
    this.#relayedBefore += relayed;
    const isBusy = relayed > BUSY_FRAMES;
    const busy = Math.max(MIN_PINGS, Math.floor(relayed / FRAMES_PER_PING));
    this.#budget = isBusy ? Math.min(busy, MAX_PINGS) : MAX_PINGS;
    for (const recipient of this.#later.splice(0, this.#budget)) this.#admit(recipient, isBusy);
  }

  #admit(recipient: Recipient, rides: boolean): void {
    recipient.waitsForInterval = false;
    if (recipient.ping !== "later") return;
    if (this.#budget > 0) this.#budget--;
    recipient.ping = "due";
    if (rides) this.#riding.push(recipient);
    else this.#due(recipient);
  }

  /** Those that no frame has come for are pinged at the end of this turn. */
  #askAlone(): void {
    for (const recipient of this.#riding.splice(0)) if (recipient.ping === "due") this.#due(recipient);
  }
}
