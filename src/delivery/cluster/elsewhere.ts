import type { Broker } from "../../broker/broker.ts";
import type { Recipient } from "../recipient.ts";
import { type Arrivals, copyTag } from "./arrivals.ts";
import type { ToNode, ToUser } from "./node-messages.ts";
import { tooMany } from "./socket-limit.ts";

export interface ElsewhereEvents {
  recipient(uid: number): Recipient | undefined;
  recipients(): Iterable<Recipient>;
  /** Closes a user's sockets here that were opened by then, in ms since 1970. */
  replace(recipient: Recipient, upTo: number): void;
}

/** Users with sockets on several nodes: which, that each socket gets each frame, and that they are not too many. */
export class Elsewhere {
  readonly #broker: Broker;
  readonly #events: ElsewhereEvents;
  readonly #arrivals: Arrivals;
  readonly #limit: number;

  /** @param limit sockets of one user on all nodes together */
  constructor(broker: Broker, events: ElsewhereEvents, arrivals: Arrivals, limit: number) {
    this.#broker = broker;
    this.#events = events;
    this.#arrivals = arrivals;
    this.#limit = limit;
  }

  /** A socket opened here: who else has some of this user? */
  ask(recipient: Recipient): void {
    recipient.unsureElsewhere();
    this.#tellUser(recipient.uid, { t: "who", node: this.#broker.node, opened: openedTimes(recipient) });
  }

  /** The connection was away: what other nodes have is asked for again, and until they answer there is none. */
  back(recipient: Recipient): void {
    recipient.forgetElsewhere();
    this.ask(recipient);
  }

  /** Another node asks. */
  answer(recipient: Recipient, node: string, opened: readonly number[]): void {
    this.#note(recipient, node, opened);
    const { uid } = recipient;
    const routes = this.#arrivals.routesOf(recipient);
    this.#tell(node, { t: "also", node: this.#broker.node, uid, opened: openedTimes(recipient), routes });
  }

  /**
   * Another node has some, and takes frames for the user on `routes`. The node that asked, and so opened the last one, says
   * which are too many.
   */
  answered(uid: number, node: string, opened: readonly number[], routes: readonly string[]): void {
    const recipient = this.#events.recipient(uid);
    // Who came and left before the answer has told nobody of it.
    if (recipient === undefined) return this.left(uid);
    this.#note(recipient, node, opened);
    // What they brought before the broker knew of this node may be all there is for now, and no client has confirmed it.
    this.#arrivals.join(routes);
    const own = { node: this.#broker.node, times: openedTimes(recipient) };
    const others = [...recipient.elsewhere].map(([name, times]) => ({ node: name, times }));
    for (const [where, upTo] of tooMany([own, ...others], this.#limit)) {
      if (where === this.#broker.node) this.#events.replace(recipient, upTo);
      else this.#tell(where, { t: "replace", node: this.#broker.node, uid, upTo });
    }
  }

  /** The user's last socket here is gone. */
  left(uid: number): void {
    this.#tellUser(uid, { t: "left", node: this.#broker.node });
  }

  replace(uid: number, upTo: number): void {
    const recipient = this.#events.recipient(uid);
    if (recipient !== undefined) this.#events.replace(recipient, upTo);
  }

  /** A node has not been heard of for too long. Dead, it will not answer; held up, it will, as soon as it goes on. */
  silent(node: string): void {
    for (const recipient of this.#forget(node)) this.ask(recipient);
  }

  /** A node's connection was away. It asks by itself. */
  reset(node: string): void {
    this.#forget(node);
  }

  /** @returns who had sockets there */
  #forget(node: string): readonly Recipient[] {
    const found = [...this.#events.recipients()].filter(({ elsewhere }) => elsewhere.has(node));
    for (const recipient of found) recipient.alsoOn(node, []);
    return found;
  }

  /** As a socket that opens here is, those on a node where all are new are sent what nobody has confirmed. */
  #note(recipient: Recipient, node: string, opened: readonly number[]): void {
    const before = recipient.elsewhere.get(node) ?? [];
    const isNew = !opened.some((at) => before.includes(at));
    recipient.alsoOn(node, opened);
    this.#arrivals.known(recipient, node);
    if (!isNew || !this.#broker.connected) return;
    const { uid, log, confirmed } = recipient;
    const others = recipient.answeredElsewhere();
    for (let seq = Math.max(confirmed, log.base); seq < log.end; seq++) {
      if (!others.has(seq)) this.#broker.sendFrame(uid, log.at(seq), copyTag(this.#broker.node, seq, node));
    }
  }

  #tellUser(uid: number, message: ToUser): void {
    if (this.#broker.connected) this.#broker.sendToUser(uid, JSON.stringify(message));
  }

  #tell(node: string, message: ToNode): void {
    if (this.#broker.connected) this.#broker.sendToNode(node, JSON.stringify(message));
  }
}

const openedTimes = ({ subscribers }: Recipient): number[] => subscribers.map(({ openedAt }) => openedAt);
