import { hasMsgId, readMsgId, readUid, TARGET_OFFSET, UID_OFFSET } from "../protocol/frame.ts";
import type { AckStatus, NackCode, ServerMessage } from "../protocol/messages.ts";
import type { Recipients } from "./recipients.ts";
import { Resends } from "./resends.ts";
import type { Subscriber } from "./subscriber.ts";

/**
 * Tells `polyge.v2` senders what became of their frames. An ack goes to every v2 socket that the sender has open by then,
 * since a frame may be confirmed long after the socket that sent it is gone.
 */
export class Senders {
  readonly #recipients: Recipients;
  readonly #elsewhere: (uid: number, message: ServerMessage) => void;
  readonly #resends: Resends;
  #outbox = new Map<Subscriber, string[]>();
  /** v2 sockets open now. */
  listening = 0;

  /** @param elsewhere tells a user on other nodes */
  constructor(
    recipients: Recipients,
    clock: { readonly ms: number },
    elsewhere: (uid: number, message: ServerMessage) => void,
  ) {
    this.#recipients = recipients;
    this.#elsewhere = elsewhere;
    this.#resends = new Resends(clock);
  }

  /** Whether anybody could be told of a frame: false on a node that serves no v2 client, which then looks at none. */
  get concerned(): boolean {
    return this.listening > 0 || this.#resends.size > 0;
  }

  /**
   * Whether a v2 client's frame is one that was accepted before. Its ack is then sent again, as far as it has one.
   * @param frame one that `hasMsgId`
   */
  isResent(frame: Uint8Array): boolean {
    const progress = this.#resends.remember(frame);
    if (progress === undefined) return false;
    if (progress !== "accepted") this.#ack(frame, progress);
    return true;
  }

  /** The frame is on disk. */
  stored(head: Uint8Array): void {
    this.#progressed(head, "stored");
  }

  /** The target has confirmed the frame. */
  delivered(head: Uint8Array): void {
    this.#progressed(head, "delivered");
  }

  /** The target has confirmed a frame that was stored: on whichever node that took it, the sender may be on any. */
  deliveredStored(head: Uint8Array): void {
    this.#resends.progressed(head, "delivered");
    this.#ack(head, "delivered");
  }

  /** The frame is not accepted, whatever was thought of it before. */
  refused(head: Uint8Array, code: NackCode): void {
    if (!this.concerned || !hasMsgId(head)) return;
    this.#resends.forget(head);
    this.#tell(head, { type: "nack", to: readUid(head, TARGET_OFFSET), msgId: readMsgId(head), code });
  }

  #progressed(head: Uint8Array, status: AckStatus): void {
    if (!this.concerned || !hasMsgId(head)) return;
    this.#resends.progressed(head, status);
    this.#ack(head, status);
  }

  #ack(head: Uint8Array, status: AckStatus): void {
    this.#tell(head, { type: "ack", to: readUid(head, TARGET_OFFSET), msgId: readMsgId(head), status });
  }

  #tell(head: Uint8Array, message: ServerMessage): void {
    const uid = readUid(head, UID_OFFSET);
    const sender = this.#recipients.get(uid);
    if (sender === undefined) return this.#elsewhere(uid, message);
    this.pass(sender.subscribers, message);
  }

  /** Sends a message to those of these sockets that speak `polyge.v2`. */
  pass(subscribers: readonly Subscriber[], message: ServerMessage): void {
    for (const subscriber of subscribers) if (subscriber.v2) this.tell(subscriber, message);
  }

  /** Sends a text message at the end of this turn of the loop, all that a socket gets in one write. */
  tell(subscriber: Subscriber, message: ServerMessage): void {
    if (this.#outbox.size === 0) setImmediate(() => this.flush());
    const waiting = this.#outbox.get(subscriber);
    if (waiting === undefined) this.#outbox.set(subscriber, [JSON.stringify(message)]);
    else waiting.push(JSON.stringify(message));
  }

  /** Sends at once what waits for a socket, which is about to be closed. */
  hurry(subscriber: Subscriber): void {
    const messages = this.#outbox.get(subscriber);
    if (messages !== undefined) this.#send(subscriber, messages.splice(0));
  }

  /** Sends what `tell` was given in this turn. */
  flush(): void {
    const outbox = this.#outbox;
    this.#outbox = new Map();
    for (const [subscriber, messages] of outbox) this.#send(subscriber, messages);
  }

  #send({ state, outlet }: Subscriber, messages: readonly string[]): void {
    if (state === "gone") return;
    let taken = true;
    outlet.cork(() => {
      for (const message of messages) taken &&= outlet.send(message) !== 0;
    });
    // A client that does not read its acks is a slow reader like any other.
    if (!taken) outlet.terminate();
  }
}
