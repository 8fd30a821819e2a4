import { Recipient } from "./recipient.ts";
import { RecipientTable } from "./recipient-table.ts";
import type { Subscriber } from "./subscriber.ts";

/** The users who have an open socket on this node. */
export class Recipients {
  readonly #byUid = new RecipientTable();

  get size(): number {
    return this.#byUid.size;
  }

  /** Other nodes that these users have sockets on too, summed over users. */
  get nodesElsewhere(): number {
    let sum = 0;
    for (const { elsewhere } of this.#byUid) sum += elsewhere.size;
    return sum;
  }

  /** Whether some socket was sent what it has not confirmed. */
  get hasUnconfirmed(): boolean {
    for (const recipient of this.#byUid) if (recipient.hasUnconfirmed) return true;
    return false;
  }

  has(uid: number): boolean {
    return this.#byUid.get(uid) !== undefined;
  }

  /** undefined where the user has no open socket here. */
  get(uid: number): Recipient | undefined {
    return this.#byUid.get(uid);
  }

  /** The sockets that a user has open here, oldest first. */
  subscribersOf(uid: number): readonly Subscriber[] {
    return this.#byUid.get(uid)?.subscribers ?? [];
  }

  /** A user's first socket opened. */
  add(uid: number): Recipient {
    const recipient = new Recipient(uid);
    this.#byUid.add(recipient);
    return recipient;
  }

  /** The last one ended. */
  remove(recipient: Recipient): void {
    this.#byUid.delete(recipient);
    recipient.state = "left";
  }

  [Symbol.iterator](): Iterator<Recipient> {
    return this.#byUid[Symbol.iterator]();
  }
}
