import type { ServerWebSocket } from "bun";

/** One open socket of a recipient. */
export interface Subscriber {
  readonly ws: ServerWebSocket<unknown>;
  readonly uid: number;
}

/** A user with an open socket on this node. */
export class Recipient {
  /** The pub/sub topic that every socket of this user is subscribed to. */
  readonly topic: string;
  /** Oldest first. */
  readonly subscribers: Subscriber[] = [];

  constructor(readonly uid: number) {
    this.topic = String(uid);
  }
}

/** Who is online on this node. */
export class Recipients {
  readonly #byUid = new Map<number, Recipient>();

  get size(): number {
    return this.#byUid.size;
  }

  get(uid: number): Recipient | undefined {
    return this.#byUid.get(uid);
  }

  join(subscriber: Subscriber): Recipient {
    let recipient = this.#byUid.get(subscriber.uid);
    if (recipient === undefined) {
      recipient = new Recipient(subscriber.uid);
      this.#byUid.set(subscriber.uid, recipient);
    }
    recipient.subscribers.push(subscriber);
    subscriber.ws.subscribe(recipient.topic);
    return recipient;
  }

  leave(subscriber: Subscriber): void {
    const recipient = this.#byUid.get(subscriber.uid);
    const at = recipient?.subscribers.indexOf(subscriber) ?? -1;
    if (recipient === undefined || at === -1) return;
    recipient.subscribers.splice(at, 1);
    if (recipient.subscribers.length === 0) this.#byUid.delete(subscriber.uid);
  }
}
