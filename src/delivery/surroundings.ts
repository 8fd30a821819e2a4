/** What delivery is told, and what it asks of those who own the sockets. */
import type { NodeReport } from "./cluster/node-messages.ts";
import type { QueueSettings } from "./mailbox-queue.ts";
import type { Subscriber } from "./subscriber.ts";

export interface DeliverySettings extends QueueSettings {
  /** Bytes of unconfirmed frames held for one user; past it that user's sockets are closed with 1013. */
  readonly heldPerUser: number;
  /** Bytes of unconfirmed frames held for all; past it a frame is refused. */
  readonly heldInAll: number;
  /** Sockets of one user, on all nodes together. */
  readonly socketsPerUser: number;
}

/** What only the owner of the sockets can do. */
export interface DeliveryEvents {
  /** A token is no good any more, as another node says; with an id, it died, and what it opened must be closed. */
  tokenEnded(uid: number, key: string, died: number | undefined): void;
  /** An administrator at another node closes this user's sockets. */
  kicked(uid: number): void;
  /** Tokens may have died on other nodes unheard, and users been kicked. */
  tokensUnsure(): void;
  /** This node as an administrator sees it, with so many of one user's sockets, or of all. */
  report(of: number | undefined, limit: number): NodeReport;
  /** Somebody has blocked this user, or does so no longer, as another node says. */
  blocksChanged(uid: number): void;
  /** That may have happened on other nodes unheard, to whomever. */
  blocksUnsure(): void;
  /** A frame is not accepted after all. */
  refused(frame: Uint8Array): void;
  /** One socket too many of a user, who opened another one on some node. */
  replaced(subscriber: Subscriber): void;
}
