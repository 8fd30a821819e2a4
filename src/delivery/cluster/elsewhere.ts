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
    recipient.forgetElsewhere();
    if (!this.#broker.connected) return;
    const question: ToUser = { t: "who", node: this.#broker.node, opened: openedTimes(recipient) };
    this.#broker.sendToUser(recipient.uid, JSON.stringify(question));
  }

  /** Another node asks. */
  answer(recipient: Recipient, node: string, opened: readonly number[]): void {
    this.#note(recipient, node, opened);
    this.#tell(node, { t: "also", node: this.#broker.node, uid: recipient.uid, opened: openedTimes(recipient) });
  }

  /** Another node has some. The node that asked, and so opened the last one, says which are too many. */
  answered(uid: number, node: string, opened: readonly number[]): void {
    const recipient = this.#events.recipient(uid);
    if (recipient === undefined) return;
    this.#note(recipient, node, opened);
    const own = { node: this.#broker.node, times: openedTimes(recipient) };
    const others = [...recipient.elsewhere].map(([name, times]) => ({ node: name, times }));
    for (const [where, upTo] of tooMany([own, ...others], this.#limit)) {
      if (where === this.#broker.node) this.#events.replace(recipient, upTo);
      else this.#tell(where, { t: "replace", node: this.#broker.node, uid, upTo });
    }
  }

  replace(uid: number, upTo: number): void {
    const recipient = this.#events.recipient(uid);
    if (recipient !== undefined) this.#events.replace(recipient, upTo);
  }

  /** A node has not been heard of for too long. */
  silent(node: string): void {
    for (const recipient of this.#events.recipients()) if (recipient.elsewhere.has(node)) recipient.alsoOn(node, []);
  }

  /** As a socket that opens here is, those on a node that was not known of are sent what nobody has confirmed. */
  #note(recipient: Recipient, node: string, opened: readonly number[]): void {
    const isNew = !recipient.elsewhere.has(node);
    recipient.alsoOn(node, opened);
    this.#arrivals.known(recipient, node);
    if (!isNew || !this.#broker.connected) return;
    const { uid, log, confirmed } = recipient;
    const others = recipient.answeredElsewhere();
    for (let seq = Math.max(confirmed, log.base); seq < log.end; seq++) {
      if (!others.has(seq)) this.#broker.sendFrame(uid, log.at(seq), copyTag(this.#broker.node, seq, node));
    }
  }

  #tell(node: string, message: ToNode): void {
    if (this.#broker.connected) this.#broker.sendToNode(node, JSON.stringify(message));
  }
}

const openedTimes = ({ subscribers }: Recipient): number[] => subscribers.map(({ openedAt }) => openedAt);
