import type { Arrival } from "./cluster/arrival.ts";
import { EMPTY_LOG, FrameLog, type Held } from "./frame-log.ts";
import type { Subscriber } from "./subscriber.ts";

/** What most recipients have of these; never written to. */
const NO_ARRIVALS: Arrival[] = [];
const NO_BLOCKERS: ReadonlySet<number> = new Set();
const NO_PLACES: ReadonlySet<number> = new Set();
const NOWHERE: ReadonlyMap<string, readonly number[]> = new Map();

/** In `followed`: no frame is. */
export const NOT_FOLLOWED = Number.POSITIVE_INFINITY;

/** What becomes of a recipient's log while the node is stopping. */
interface Stopping {
  /** Log frames from here on are for the mailbox only. */
  sealedAt: number;
  /** Log frames before this were handed over to the mailbox. */
  handedOver: number;
}

/**
 * A user with an open socket on this node, and the frames for that user that nobody has confirmed. Every live socket of
 * the user was sent all of them, so when one socket ends the others answer for them, and only the last one's end hands
 * them to the mailbox. Most are idle, and memory is what they cost: a nineteenth field would take 64 bytes more.
 */
export class Recipient {
  // Fields lie in memory in this order: those that a frame looks at come first, on as few lines of the cache as they take.
  readonly uid: number;
  /** Of most, who are idle, one that all share and nobody writes to. */
  log = EMPTY_LOG;
  /** The oldest socket, which leads to the others by `next`: most users have one, and an array of one is two more objects. */
  first: Subscriber | undefined;
  /**
   * `spilling`: all sockets drain more slowly than frames come, which go to the mailbox, from which the drains read on.
   * `left`: the last socket is gone, and this object with it: a later one of this user has another.
   */
  state: "here" | "spilling" | "left" = "here";
  /** Its sockets are brought up to date at the end of this turn. */
  flushing = false;
  /** Whether it waits for a confirmation ping: `later`, or `due` at the end of this turn. */
  ping: "none" | "later" | "due" = "none";
  #stopping: Stopping | undefined;
  /** Other nodes that the user has sockets on, with when each was opened, in ms since 1970; none where that is being asked. */
  elsewhere = NOWHERE;
  /** Log frames before this are delivered: some socket confirmed them. */
  confirmed = 0;
  /** Has a place in the queue for the next interval. */
  waitsForInterval = false;
  /** When its sockets were last pinged for confirmation, on the coarse clock. */
  pingedMs = Number.NEGATIVE_INFINITY;

  /** The log frame whose way to its confirmation is measured, and when it was accepted, in ms of `performance.now()`. */
  followed = NOT_FOLLOWED;
  followedMs = 0;

  /** Frames in the log that other nodes answer for, by route. */
  arrivals = NO_ARRIVALS;
  /** Grows when the mailbox gets frames that the sockets have not been sent: a drain under way then looks once more. */
  mail = 0;
  /** Those who have blocked this user. */
  blockers: ReadonlySet<number> = NO_BLOCKERS;

  constructor(uid: number) {
    this.uid = uid;
  }

  arrive(arrival: Arrival): void {
    if (this.arrivals === NO_ARRIVALS) this.arrivals = [arrival];
    else this.arrivals.push(arrival);
  }

  /** Places in the log of what other nodes answer for, and tell the senders of. */
  answeredElsewhere(): ReadonlySet<number> {
    if (this.arrivals.length === 0) return NO_PLACES;
    return new Set(this.arrivals.flatMap(({ places }) => places));
  }

  /** Notes what sockets the user has on another node; none where `opened` is empty. */
  alsoOn(node: string, opened: readonly number[]): void {
    const elsewhere = new Map(this.elsewhere);
    if (opened.length > 0) elsewhere.set(node, opened);
    else elsewhere.delete(node);
    this.elsewhere = elsewhere.size > 0 ? elsewhere : NOWHERE;
  }

  /** What sockets other nodes have is asked for again. Until they answer, frames go to where some were. */
  unsureElsewhere(): void {
    if (this.elsewhere.size > 0) this.elsewhere = new Map(Array.from(this.elsewhere.keys(), (node) => [node, []]));
  }

  /** Whether the user has sockets on other nodes, or may have. */
  get isElsewhere(): boolean {
    return this.elsewhere !== NOWHERE;
  }

  forgetElsewhere(): void {
    this.elsewhere = NOWHERE;
  }

  /** The sockets, oldest first; a list of its own. */
  get subscribers(): Subscriber[] {
    const all: Subscriber[] = [];
    for (let each = this.first; each !== undefined; each = each.next) all.push(each);
    return all;
  }

  /** Takes a frame into the log. */
  hold(frame: Buffer, held: Held): void {
    if (this.log === EMPTY_LOG) this.log = new FrameLog(held);
    this.log.push(frame);
  }

  /** The end of what is sent to live sockets. */
  get sentEnd(): number {
    const { log } = this;
    return this.#stopping === undefined ? log.end : Math.min(log.end, this.#stopping.sealedAt);
  }

  /** Log frames before this need not be handed over: somebody confirmed them, or they were already. */
  get keptFrom(): number {
    return Math.max(this.confirmed, this.#stopping?.handedOver ?? 0);
  }

  /** The node is stopping: what comes from now on is for the mailbox only. */
  seal(): void {
    this.#stopping = { sealedAt: this.log.end, handedOver: 0 };
  }

  /** The log was handed over to the mailbox. */
  handedOver(): void {
    this.#stopping ??= { sealedAt: Number.POSITIVE_INFINITY, handedOver: 0 };
    this.#stopping.handedOver = this.log.end;
  }

  add(subscriber: Subscriber): void {
    const last = this.subscribers.at(-1);
    if (last === undefined) this.first = subscriber;
    else last.next = subscriber;
  }

  /** False where it is not there. */
  remove(subscriber: Subscriber): boolean {
    if (this.first === subscriber) {
      this.first = subscriber.next;
      return true;
    }
    const before = this.subscribers.find(({ next }) => next === subscriber);
    if (before !== undefined) before.next = subscriber.next;
    return before !== undefined;
  }

  /** Whether it need not wait for the interval: a ping can ask its oldest socket, and none does. */
  get mayHurry(): boolean {
    const { v2, pingId } = this.first!;
    return this.ping !== "due" && !v2 && pingId === 0;
  }

  /** Whether some socket was sent what it has not confirmed. */
  get hasUnconfirmed(): boolean {
    return this.subscribers.some((subscriber) => subscriber.hasUnconfirmed);
  }

  /** Whether the log may go to the mailbox: every socket has yet to be sent what is stored, and none anything of the log. */
  get canSpill(): boolean {
    return this.subscribers.every(({ state, inLog }) => state === "draining" && !inLog);
  }

  /** The log has gone to the mailbox: every socket will find it there. */
  spilled(): void {
    this.state = "spilling";
    this.mail++;
    this.confirmed = this.log.end;
    this.followed = NOT_FOLLOWED;
    for (const subscriber of this.subscribers) subscriber.skipLogTo(this.log.end);
    this.log.dropBefore(this.log.end);
  }

  /** Drops what is delivered, except what some socket has yet to be sent. */
  trim(): void {
    let floor = this.confirmed;
    for (let each = this.first; each !== undefined; each = each.next) {
      if (each.cursor < floor) floor = each.cursor;
    }
    this.log.dropBefore(floor);
  }
}
