import type { Broker, BrokerHandler } from "../../broker/broker.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import type { Recipient } from "../recipient.ts";
import { type ArrivalEvents, Arrivals, copyTag } from "./arrivals.ts";
import { Elsewhere, type ElsewhereEvents } from "./elsewhere.ts";
import { MailRounds, type MailRoundsEvents } from "./mail-rounds.ts";
import { parseToNode, parseToUser, type ToNode, type ToUser } from "./node-messages.ts";
import { Peers } from "./peers.ts";
import { Reports, type ReportsEvents } from "./reports.ts";
import type { Routes } from "./routes.ts";

/** What nodes send to all: whoever says no more than that has nothing to do with this node, and needs no signs of life. */
const TO_ALL: ReadonlySet<ToNode["t"]> = new Set(["reset", "report?", "report"]);

/** What this node does for the others. */
export interface ClusterEvents extends ArrivalEvents, ElsewhereEvents, ReportsEvents, Omit<MailRoundsEvents, "sweep"> {
  pass(recipient: Recipient, message: ServerMessage): void;
  /** Whether the user is on another node, or came to one. */
  presence(uid: number, online: boolean): void;
  /** What was said of users on other nodes may be wrong by now. */
  presenceUnsure(): void;
  /** A token is no good any more; with an id, it died, and what it opened must be closed. */
  tokenEnded(uid: number, key: string, died: number | undefined): void;
  /** An administrator at another node closes this user's sockets. */
  kicked(uid: number): void;
  /** Tokens may have died on other nodes unheard, and users been kicked. */
  tokensUnsure(): void;
  /** Somebody has blocked the user, or does so no longer. */
  blocksChanged(uid: number): void;
  /** That may have happened unheard, to whomever. */
  blocksUnsure(): void;
}

/** This node among the others: who has which user, what they say to each other. README.md in this folder has the whole. */
export class Cluster implements BrokerHandler {
  readonly #broker: Broker;
  readonly #routes: Routes;
  readonly #events: ClusterEvents;
  readonly #arrivals: Arrivals;
  readonly #elsewhere: Elsewhere;
  readonly #peers = new Peers(
    (nodes) => this.#beat(nodes),
    (node) => this.#silent(node),
  );
  readonly #mail: MailRounds;
  readonly reports: Reports;
  #sealed = false;

  constructor(broker: Broker, routes: Routes, socketsPerUser: number, events: ClusterEvents) {
    this.#broker = broker;
    this.#routes = routes;
    this.#events = events;
    this.#arrivals = new Arrivals(broker, events);
    this.#elsewhere = new Elsewhere(broker, events, this.#arrivals, socketsPerUser);
    this.#mail = new MailRounds(broker, { ...events, sweep: () => this.#sweep() });
    this.reports = new Reports(broker, events);
    broker.listen(this);
  }

  /** Nodes heard of lately. */
  get peers(): number {
    return this.#peers.size;
  }

  /** A user's first socket opened here. */
  entered(recipient: Recipient): void {
    const { uid } = recipient;
    this.#broker.enter(uid);
    this.#routes.joinedHere(uid);
    this.#broker.announce(uid, true);
    this.#mail.joined(recipient);
  }

  /** A socket opened, the first or one more: who else has some of this user? */
  opened(recipient: Recipient): void {
    this.#elsewhere.ask(recipient);
  }

  /** A user's last socket here is gone. @returns places in the log that other nodes answer for */
  left(recipient: Recipient): ReadonlySet<number> {
    const places = this.#arrivals.release(recipient);
    const { uid } = recipient;
    this.#broker.leave(uid);
    if (recipient.isElsewhere) this.#elsewhere.left(uid);
    this.#broker.announce(uid, false);
    return places;
  }

  /** The recipient's log goes to the mailbox. @returns places in the log that other nodes answer for */
  release(recipient: Recipient): ReadonlySet<number> {
    return this.#arrivals.release(recipient);
  }

  /** A client confirmed the recipient's log up to `end`. */
  confirmed(recipient: Recipient, end: number): void {
    if (recipient.arrivals.length > 0) this.#arrivals.confirmed(recipient, end);
  }

  /** The last frame in the log, which this node took and answers for, goes to the user's sockets on other nodes as well. */
  copy({ uid, log }: Recipient, frame: Buffer): void {
    if (this.#broker.connected) this.#broker.sendFrame(uid, frame, copyTag(this.#broker.node, log.end - 1));
  }

  /** Frames for this user were stored: a node that has the user by now sends them on. */
  stored(uid: number): void {
    this.#mail.stored(uid);
  }

  pass(uid: number, message: ServerMessage): void {
    this.#sendToUser(uid, { t: "pass", message });
  }

  tokenEnded(uid: number, key: string, died?: number): void {
    this.#sendToUser(uid, died === undefined ? { t: "token", key } : { t: "token", key, died });
  }

  /** This user's sockets on other nodes are to be closed. */
  kick(uid: number): void {
    this.#sendToUser(uid, { t: "kick" });
  }

  /** Somebody has blocked this user, or does so no longer. */
  blocksChanged(uid: number): void {
    this.#sendToUser(uid, { t: "blocks" });
  }

  /** From now on `presence` is told when the user comes to another node, or may have left one. */
  watch(uid: number): void {
    this.#broker.watch(uid);
  }

  unwatch(uid: number): void {
    this.#broker.unwatch(uid);
  }

  /** Asks for a user; `presence` is told the answer. False where nobody can be asked. */
  askWhetherOnline(uid: number): boolean {
    if (!this.#broker.connected) return false;
    const question: ToUser = { t: "online?", node: this.#broker.node };
    // Below zero, so that it is no route's id.
    this.#broker.ask(uid, JSON.stringify(question), -uid);
    return true;
  }

  /** The node stops: nothing more comes from others, and nothing more is sent to them. */
  seal(): void {
    this.#sealed = true;
    for (const { uid } of this.#events.recipients()) this.#broker.leave(uid);
    this.#routes.seal();
  }

  /** The last answers, and none after them. */
  stop(): void {
    this.#mail.stop();
    this.#arrivals.stop();
    this.#peers.stop();
    this.#routes.stop();
  }

  frame(uid: number, frame: Buffer, tag: string): void {
    if (!this.#sealed) this.#arrivals.frame(uid, frame, tag);
  }

  userMessage(uid: number, text: string): void {
    const message = parseToUser(text);
    const recipient = this.#events.recipient(uid);
    if (message === undefined || recipient === undefined || this.#sealed) return;
    switch (message.t) {
      case "find":
        this.#peers.heard(message.node);
        return void this.#welcome(recipient, message.node, message.route, message.from);
      case "who":
        this.#peers.heard(message.node);
        return this.#elsewhere.answer(recipient, message.node, message.opened);
      case "left":
        return recipient.alsoOn(message.node, []);
      case "mail":
        return this.#mail.look([recipient]);
      case "pass":
        return this.#events.pass(recipient, message.message);
      case "token":
        return this.#events.tokenEnded(uid, message.key, message.died);
      case "kick":
        return this.#events.kicked(uid);
      case "blocks":
        return this.#events.blocksChanged(uid);
      case "online?":
        return this.#tell(message.node, { t: "online", node: this.#broker.node, uid });
    }
  }

  nodeMessage(text: string): void {
    const message = parseToNode(text);
    if (message === undefined) return;
    const { node } = message;
    if (this.#sealed && message.t === "also") return;
    if (!TO_ALL.has(message.t)) this.#peers.heard(node);
    switch (message.t) {
      case "here":
        return this.#routes.here(message.route, node);
      case "answers":
        return pairs(message.routes, (route, upTo) => this.#routes.answered(node, route, upTo));
      case "beat":
        return pairs(message.sent, (route, seq) => this.#arrivals.check(node, route, seq));
      case "gone":
        return this.#routes.gone(node, message.route);
      case "stranger":
        return this.#routes.stranger(node, message.route);
      case "end":
        return this.#arrivals.end(node, message.route);
      case "reset":
        this.#arrivals.silent(node);
        this.#elsewhere.reset(node);
        return this.#mail.sweepSoon();
      case "also":
        return this.#elsewhere.answered(message.uid, node, message.opened, message.routes ?? []);
      case "replace":
        return this.#elsewhere.replace(message.uid, message.upTo);
      case "online":
        return this.#events.presence(message.uid, true);
      case "report?":
        return this.reports.asked(message);
      case "report":
        return this.reports.answered(message.id, message.report);
    }
  }

  nobody(id: number): void {
    if (id > 0) this.#routes.nobody(id);
    else this.#events.presence(-id, false);
  }

  presence(uid: number, online: boolean): void {
    // Gone from one node, the user may be on another.
    if (online) this.#events.presence(uid, true);
    else this.askWhetherOnline(uid);
  }

  connection(connected: boolean): void {
    if (!connected) {
      this.#routes.closeAll();
      return;
    }
    this.#broker.sendToAll(JSON.stringify({ t: "reset", node: this.#broker.node } satisfies ToNode));
    this.#arrivals.giveUpAll();
    for (const recipient of this.#events.recipients()) {
      this.#elsewhere.back(recipient);
      this.#broker.announce(recipient.uid, true);
    }
    this.#mail.back();
    this.#sweep();
  }

  /** What other nodes said of comings, goings, tokens and blocks may have been lost. */
  #sweep(): void {
    this.#events.presenceUnsure();
    this.#events.tokensUnsure();
    this.#events.blocksUnsure();
  }

  /** A node has frames for a user here. What is in the mailbox comes before them. */
  async #welcome(recipient: Recipient, node: string, route: number, from: number): Promise<void> {
    if (recipient.state === "spilling") return this.#tell(node, { t: "gone", node: this.#broker.node, route });
    this.#arrivals.expect(recipient, node, route, from);
    // Where the database is away, users who are online still reach each other.
    await this.#events.catchUp([recipient]).catch(() => {});
    if (recipient.state !== "left") this.#tell(node, { t: "here", node: this.#broker.node, route });
  }

  #silent(node: string): void {
    this.#routes.silent(node);
    this.#arrivals.silent(node);
    this.#elsewhere.silent(node);
    this.#events.presenceUnsure();
  }

  #beat(nodes: readonly string[]): void {
    const overdue = this.#routes.overdue();
    for (const node of nodes) this.#tell(node, { t: "beat", node: this.#broker.node, sent: overdue.get(node) ?? [] });
  }

  #sendToUser(uid: number, message: ToUser): void {
    if (this.#broker.connected) this.#broker.sendToUser(uid, JSON.stringify(message));
  }

  #tell(node: string, message: ToNode): void {
    if (this.#broker.connected) this.#broker.sendToNode(node, JSON.stringify(message));
  }
}

function pairs(numbers: readonly number[], take: (a: number, b: number) => void): void {
  for (let at = 0; at + 1 < numbers.length; at += 2) take(numbers[at]!, numbers[at + 1]!);
}
