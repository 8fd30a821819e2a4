import type { Broker } from "../../broker/broker.ts";
import type { Recipient } from "../recipient.ts";
import { Arrival, keyOf } from "./arrival.ts";
import { EarlyCopies } from "./early-copies.ts";
import type { ToNode } from "./node-messages.ts";

/** Answers go out this long after the first of a batch is due, in ms. */
const ANSWER_MS = 5;
/** Begins the tag of a frame that its node answers for itself, having a socket of the user as well. */
const COPY = "copy";
/** The route of what nobody is told of: copies. */
const NO_ROUTE = 0;

/**
 * Tag of a copy.
 * @param seq where the frame stands among that node's for this user
 * @param only the node that it is for; undefined: every one that the user has a socket on
 */
export const copyTag = (node: string, seq: number, only?: string): string =>
  only === undefined ? `${COPY}.${node}.${seq}` : `${COPY}.${node}.${seq}.${only}`;

export interface ArrivalEvents {
  recipient(uid: number): Recipient | undefined;
  /** False where nothing more can be held for the recipient: no memory, or the node is stopping. */
  mayHold(recipient: Recipient, frame: Buffer): boolean;
  /** Puts a frame into the recipient's log. */
  hold(recipient: Recipient, frame: Buffer): void;
}

/** What other nodes send for users who have a socket here. */
export class Arrivals {
  readonly #broker: Broker;
  readonly #events: ArrivalEvents;
  readonly #byKey = new Map<string, Arrival>();
  /** By node, whose answers are due. */
  readonly #due = new Map<string, Arrival[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #early = new EarlyCopies((recipient, copy) => this.#copy(recipient, copy));

  constructor(broker: Broker, events: ArrivalEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  /** A node is about to send frames for a user, from `from` on. */
  expect(recipient: Recipient, node: string, route: number, from: number): void {
    // One that knows the route goes on where it is.
    if (this.#byKey.has(keyOf(node, route))) return;
    const arrival = new Arrival(recipient, node, route, from);
    this.#byKey.set(arrival.key, arrival);
    recipient.arrive(arrival);
  }

  /** A frame came. */
  frame(uid: number, frame: Buffer, tag: string): void {
    const recipient = this.#events.recipient(uid);
    // The user just left: the frame's node is told so, or already was.
    if (recipient === undefined) return;
    if (tag.startsWith(COPY)) {
      const [, node, seq, only] = tag.split(".");
      const copy = { node: node!, seq: Number(seq), frame };
      if (only !== undefined && only !== this.#broker.node) return;
      if (recipient.elsewhere.has(copy.node)) this.#copy(recipient, copy);
      else this.#early.put(recipient, copy);
      return;
    }
    const dot = tag.lastIndexOf(".");
    const arrival = this.#byKey.get(tag.slice(0, dot));
    const seq = Number(tag.slice(dot + 1));
    if (arrival === undefined) return this.#unknown(tag.slice(0, dot));
    if (seq < arrival.expected) return;
    if (seq > arrival.expected || !this.#events.mayHold(recipient, frame)) return this.#giveUp(arrival);
    arrival.hold(recipient.log.end);
    this.#events.hold(recipient, frame);
  }

  /** A client confirmed the recipient's log up to `end`. */
  confirmed(recipient: Recipient, end: number): void {
    let over = false;
    for (const arrival of recipient.arrivals) {
      if (!arrival.confirm(end) || arrival.route === NO_ROUTE) continue;
      if (this.#knows(arrival)) this.#answerSoon(arrival);
      else over ||= arrival.unconfirmed === 0;
    }
    if (over) recipient.arrivals = recipient.arrivals.filter((each) => this.#matters(each));
  }

  /** The recipient's log goes to the mailbox or nowhere: other nodes answer for what they sent. @returns its places */
  release(recipient: Recipient): ReadonlySet<number> {
    const places = recipient.answeredElsewhere();
    for (const arrival of recipient.arrivals) if (this.#knows(arrival)) this.#giveUp(arrival);
    recipient.arrivals = [];
    return places;
  }

  /** The route is closed: its node answers for what is unconfirmed. */
  end(node: string, route: number): void {
    const arrival = this.#byKey.get(keyOf(node, route));
    if (arrival !== undefined) this.#forget(arrival);
  }

  /** A route's node sent everything before `seq` a while ago: did all of it arrive? */
  check(node: string, route: number, seq: number): void {
    const arrival = this.#byKey.get(keyOf(node, route));
    if (arrival === undefined) this.#tell(node, { t: "gone", node: this.#broker.node, route });
    else if (arrival.expected < seq) this.#giveUp(arrival);
  }

  /** A node has not been heard of for too long, or has given up all its routes. */
  silent(node: string): void {
    for (const arrival of [...this.#byKey.values()]) if (arrival.node === node) this.#forget(arrival);
    this.#due.delete(node);
  }

  /** The connection was away: what came meanwhile is lost, so nothing further of these routes can be taken. */
  giveUpAll(): void {
    for (const arrival of [...this.#byKey.values()]) this.#giveUp(arrival);
  }

  /** A node knows of the user's sockets here, and has sent what it had for them. */
  known(recipient: Recipient, node: string): void {
    this.#early.known(recipient, node);
  }

  /** The keys of the routes that lead here for a user. */
  routesOf(recipient: Recipient): string[] {
    return recipient.arrivals.filter((arrival) => this.#knows(arrival)).map(({ key }) => key);
  }

  /** Asks to be sent what those of these routes bring that this node does not know. */
  join(keys: readonly string[]): void {
    for (const key of keys) if (!this.#byKey.has(key)) this.#unknown(key);
  }

  /** The last answers. */
  stop(): void {
    this.flush();
    this.#early.stop();
  }

  /** Sends the answers that are due. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [node, arrivals] of this.#due) this.#answer(node, arrivals);
    this.#due.clear();
  }

  /** Delivered to this node's sockets, once, while the node that sent it answers for it. */
  #copy(recipient: Recipient, { node, seq, frame }: { node: string; seq: number; frame: Buffer }): void {
    if (!this.#events.mayHold(recipient, frame)) return;
    let copies = recipient.arrivals.find((each) => each.route === NO_ROUTE && each.node === node);
    if (copies === undefined) {
      copies = new Arrival(recipient, node, NO_ROUTE, seq);
      recipient.arrive(copies);
    }
    if (seq < copies.expected) return;
    copies.expected = seq;
    copies.hold(recipient.log.end);
    this.#events.hold(recipient, frame);
  }

  /** The user moved here, or has one more socket here than the route's node knows of: it sends what nobody has confirmed. */
  #unknown(key: string): void {
    const dot = key.lastIndexOf(".");
    this.#tell(key.slice(0, dot), { t: "stranger", node: this.#broker.node, route: Number(key.slice(dot + 1)) });
  }

  /** A copy's count goes on while the user is here: its node may send some again. */
  #matters(arrival: Arrival): boolean {
    return arrival.unconfirmed > 0 || arrival.route === NO_ROUTE || this.#knows(arrival);
  }

  /** Whether its route's node still counts on this one. */
  #knows(arrival: Arrival): boolean {
    return this.#byKey.get(arrival.key) === arrival;
  }

  /** Its node counts on this one no more. The recipient still needs it where clients have yet to confirm frames of it. */
  #forget(arrival: Arrival): void {
    this.#byKey.delete(arrival.key);
    const { recipient, unconfirmed } = arrival;
    if (unconfirmed === 0) recipient.arrivals = recipient.arrivals.filter((each) => each !== arrival);
  }

  #giveUp(arrival: Arrival): void {
    this.#forget(arrival);
    this.#answer(arrival.node, [arrival]);
    this.#tell(arrival.node, { t: "gone", node: this.#broker.node, route: arrival.route });
  }

  #answerSoon(arrival: Arrival): void {
    if (arrival.due) return;
    arrival.due = true;
    const due = this.#due.get(arrival.node);
    if (due === undefined) this.#due.set(arrival.node, [arrival]);
    else due.push(arrival);
    this.#timer ??= setTimeout(() => this.flush(), ANSWER_MS);
  }

  #answer(node: string, arrivals: readonly Arrival[]): void {
    const routes: number[] = [];
    for (const arrival of arrivals) {
      arrival.due = false;
      routes.push(arrival.route, arrival.answered);
    }
    this.#tell(node, { t: "answers", node: this.#broker.node, routes });
  }

  #tell(node: string, message: ToNode): void {
    if (this.#broker.connected) this.#broker.sendToNode(node, JSON.stringify(message));
  }
}
