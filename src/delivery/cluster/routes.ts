import type { Broker } from "../../broker/broker.ts";
import { Histogram } from "../../metrics/histogram.ts";
import { CONFIRM_INTERVAL_MS } from "../confirmation.ts";
import type { Held } from "../frame-log.ts";
import { NOT_FOLLOWED } from "../recipient.ts";
import type { ToNode, ToUser } from "./node-messages.ts";
import { Route } from "./route.ts";

/**
 * Longest that a question for a user's nodes waits for an answer, in ms; after it the user counts as offline. Long, since
 * the broker says at once where nobody is: whoever does not answer is busy, and storing what it will have to read and delete
 * would make it busier.
 */
const FIND_MS = 10_000;
/**
 * The question is asked a second time then. The last node that had the user may have left as the first was on its way, which
 * the broker then gives to nobody, and says so to nobody. A node that is just busy takes the second for the first.
 */
const ASK_AGAIN_MS = 500;
/** A route that nobody used for this long is closed, in ms. */
const IDLE_MS = 600_000;
const IDLE_SWEEP_MS = 10_000;
/** A frame that was sent this long ago has arrived or is lost, in ms. */
const OVERDUE_MS = 1000;
/** Bytes waiting for the broker at which frames are stored rather than sent: it is too slow, or away unnoticed. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;

export interface RouteEvents {
  /** A client on another node confirmed this frame. */
  delivered(frame: Buffer): void;
  /** Nobody will answer for this frame, which was sent: it must be stored. */
  handOver(uid: number, frame: Buffer): void;
  /** The user turned out to be offline, and this frame was never sent: it is the mailbox's to take or refuse. */
  defer(uid: number, frame: Buffer): void;
  /** Resolves when everything taken for this user earlier is stored; undefined where nothing waits. */
  settled(uid: number): Promise<void> | undefined;
}

/** The routes of this node: one for each user on other nodes whom somebody here is writing to. */
export class Routes {
  readonly #broker: Broker;
  readonly #held: Held;
  readonly #maxBytes: number;
  readonly #clock: { readonly ms: number };
  readonly #events: RouteEvents;
  /** From taking a frame until a client on another node has confirmed it, of one frame for each route at a time. */
  readonly times = new Histogram();
  readonly #byUid = new Map<number, Route>();
  readonly #byId = new Map<number, Route>();
  /** Those that wait for nodes to answer for frames, and those that look for nodes: few of many, looked at often. */
  readonly #owed = new Set<Route>();
  readonly #finding = new Set<Route>();
  #lastId = 0;
  /** The node is stopping: frames are kept for the store. */
  #sealed = false;
  readonly #timer = setInterval(() => this.#hurry(), CONFIRM_INTERVAL_MS).unref();
  readonly #idleTimer = setInterval(() => this.#closeIdle(), IDLE_SWEEP_MS).unref();

  /** @param maxBytes of frames held for one user */
  constructor(broker: Broker, held: Held, maxBytes: number, clock: { readonly ms: number }, events: RouteEvents) {
    this.#broker = broker;
    this.#held = held;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#events = events;
  }

  get size(): number {
    return this.#byUid.size;
  }

  /** Frames sent to other nodes that none has answered for. */
  get unanswered(): number {
    let sum = 0;
    for (const route of this.#owed) sum += route.unanswered;
    return sum;
  }

  /** Takes a frame for a user without a socket here; false where no other node can be reached, or none is to be. */
  take(uid: number, frame: Buffer): boolean {
    let route = this.#byUid.get(uid);
    if (route === undefined) {
      if (this.#sealed || !this.#broker.connected) return false;
      route = new Route(++this.#lastId, uid, this.#broker.node, this.#held, this.#clock.ms);
      this.#byUid.set(uid, route);
      this.#byId.set(route.id, route);
      hold(route, frame);
      void this.#find(route);
      return true;
    }
    hold(route, frame);
    route.usedMs = this.#clock.ms;
    if (route.state === "open" && !this.#sealed) this.#send(route);
    if (route.log.bytes > this.#maxBytes || this.#broker.pendingBytes > MAX_PENDING_BYTES) this.#close(route);
    return true;
  }

  /** A node has the user. */
  here(id: number, node: string): void {
    const route = this.#byId.get(id);
    if (route === undefined) return this.#tell(node, { t: "end", node: this.#broker.node, route: id });
    if (!route.hosts.has(node)) route.hosts.set(node, { from: route.foundFrom, upTo: route.foundFrom });
    if (route.state === "finding" && (route.waitsFor ?? node) === node) this.#open(route);
  }

  /** No node has the user. */
  nobody(id: number): void {
    const route = this.#byId.get(id);
    if (route?.state === "finding") this.#close(route);
  }

  /** A host's clients confirmed everything before `upTo`. */
  answered(node: string, id: number, upTo: number): void {
    const route = this.#byId.get(id);
    const host = route?.hosts.get(node);
    if (route === undefined || host === undefined || upTo <= host.upTo || upTo > route.published) return;
    host.upTo = upTo;
    const { answered, log } = route;
    for (let seq = log.base; seq < answered; seq++) this.#events.delivered(log.at(seq));
    log.dropBefore(answered);
    if (answered > route.followed) {
      this.times.observeMs(performance.now() - route.followedMs);
      route.followed = NOT_FOLLOWED;
    }
    route.settledMs = this.#clock.ms;
    if (route.unanswered === 0) this.#owed.delete(route);
    route.sent = Math.max(route.sent, answered);
  }

  /** A host has no socket of the user any more, or lost count: it answers for nothing further. */
  gone(node: string, id: number): void {
    const route = this.#byId.get(id);
    if (route === undefined) return;
    const wasHost = route.hosts.delete(node);
    if (route.state === "finding" ? route.hosts.size === 0 : wasHost && !route.answerable) this.#close(route);
  }

  /**
   * A node that the user is on does not know the route: the user moved there, or opened one more socket. It is sent all
   * that is unanswered, as a socket that opens is sent all that is unconfirmed.
   */
  stranger(node: string, id: number): void {
    const route = this.#byId.get(id);
    if (route?.hosts.has(node)) return this.gone(node, id);
    if (route?.state !== "open") return;
    route.waitsFor = node;
    void this.#find(route);
  }

  /** A node has not been heard of for too long. */
  silent(node: string): void {
    for (const route of [...this.#byUid.values()]) if (route.hosts.has(node)) this.gone(node, route.id);
  }

  /** For each host, which frames it should have by now: pairs of a route and the sequence number before which all were sent. */
  overdue(): Map<string, number[]> {
    const byNode = new Map<string, number[]>();
    for (const route of this.#owed) {
      if (route.state !== "open" || this.#clock.ms - route.usedMs < OVERDUE_MS) continue;
      for (const node of route.hosts.keys()) {
        const pairs = byNode.get(node) ?? [];
        byNode.set(node, pairs);
        pairs.push(route.id, route.sent);
      }
    }
    return byNode;
  }

  /**
   * The user has a socket here now. What nobody has answered for goes to the mailbox, which the socket is sent first: the
   * node that the user was on may be dead.
   */
  joinedHere(uid: number): void {
    const route = this.#byUid.get(uid);
    if (route !== undefined) this.#close(route);
  }

  /** The broker is away, or the node stops: what nobody answered for is stored. */
  closeAll(): void {
    for (const route of [...this.#byUid.values()]) this.#close(route);
  }

  /** Memory runs short: what has waited so long for an answer is stored. */
  relieve(olderMs: number): void {
    for (const route of [...this.#owed]) if (this.#clock.ms - route.settledMs >= olderMs) this.#close(route);
  }

  /** From now on nothing more is sent. */
  seal(): void {
    this.#sealed = true;
  }

  stop(): void {
    clearInterval(this.#timer);
    clearInterval(this.#idleTimer);
  }

  async #find(route: Route): Promise<void> {
    this.#enter(route, "settling");
    const settled = this.#events.settled(route.uid);
    if (settled !== undefined) await settled;
    if (route.state !== "settling") return;
    if (!this.#broker.connected) return this.#close(route);
    this.#enter(route, "finding");
    route.foundFrom = route.log.base;
    route.sent = route.log.base;
    this.#ask(route);
  }

  #ask({ id, uid, foundFrom }: Route): void {
    const question: ToUser = { t: "find", node: this.#broker.node, route: id, from: foundFrom };
    this.#broker.ask(uid, JSON.stringify(question), id);
  }

  #send(route: Route): void {
    const { log, uid } = route;
    if (route.sent === log.end) return;
    if (route.unanswered === 0) route.settledMs = this.#clock.ms;
    this.#owed.add(route);
    for (; route.sent < log.end; route.sent++) this.#broker.sendFrame(uid, log.at(route.sent), route.tagOf(route.sent));
    route.published = log.end;
  }

  #open(route: Route): void {
    route.waitsFor = undefined;
    this.#enter(route, "open");
    if (!this.#sealed) this.#send(route);
  }

  #close(route: Route): void {
    this.#end(route);
    this.#enter(route, "closed");
    this.#byUid.delete(route.uid);
    this.#byId.delete(route.id);
    this.#handOverSent(route);
    const { log, uid } = route;
    for (let seq = log.base; seq < log.end; seq++) this.#events.defer(uid, log.at(seq));
    log.dropBefore(log.end);
  }

  #handOverSent(route: Route): void {
    const { log, uid, published } = route;
    for (let seq = log.base; seq < published; seq++) this.#events.handOver(uid, log.at(seq));
    log.dropBefore(Math.max(log.base, published));
    this.#owed.delete(route);
  }

  #end(route: Route): void {
    for (const node of route.hosts.keys()) this.#tell(node, { t: "end", node: this.#broker.node, route: route.id });
  }

  #enter(route: Route, state: Route["state"]): void {
    route.state = state;
    route.sinceMs = this.#clock.ms;
    route.askedAgain = false;
    if (state === "finding") this.#finding.add(route);
    else this.#finding.delete(route);
  }

  #tell(node: string, message: ToNode): void {
    this.#broker.sendToNode(node, JSON.stringify(message));
  }

  /** Whom a route waits for does not answer. */
  #hurry(): void {
    for (const route of [...this.#finding]) {
      const ms = this.#clock.ms - route.sinceMs;
      if (ms > FIND_MS) {
        if (route.hosts.size > 0) this.#open(route);
        else this.#close(route);
      } else if (ms > ASK_AGAIN_MS && !route.askedAgain) {
        route.askedAgain = true;
        this.#ask(route);
      }
    }
  }

  #closeIdle(): void {
    for (const route of [...this.#byUid.values()]) {
      const idle = route.state === "open" && route.log.end === route.log.base;
      if (idle && this.#clock.ms - route.usedMs > IDLE_MS) this.#close(route);
    }
  }
}

function hold(route: Route, frame: Buffer): void {
  if (route.followed === NOT_FOLLOWED) {
    route.followed = route.log.end;
    route.followedMs = performance.now();
  }
  route.log.push(frame);
}
