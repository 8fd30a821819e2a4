import type { Broker } from "../../broker/broker.ts";
import type { Recipient } from "../recipient.ts";
import type { ToUser } from "./node-messages.ts";

/** How often every user here is looked up in the mailboxes, in ms: whatever message between nodes was lost, nothing waits longer. */
const SWEEP_MS = 30_000;
/** The next sweep comes so soon after another node is back, in ms: where NATS was away from all, they come back within a second. */
const SWEEP_SOON_MS = 500;
/** A user who just joined is looked up once more after this, in ms: other nodes may not have known of it at once. */
const SECOND_LOOK_MS = 1500;
/** Users whose new mail is remembered while other nodes cannot be told. */
const MAX_NUDGES = 100_000;

export interface MailRoundsEvents {
  recipient(uid: number): Recipient | undefined;
  recipients(): Iterable<Recipient>;
  /** Sends the sockets of these users what waits in their mailboxes. Rejects where the database is away. */
  catchUp(recipients: readonly Recipient[]): Promise<void>;
  /** It is time to make up for messages between nodes that were lost. */
  sweep(): void;
}

/** Sees to it that what any node stores for a user who is online, wherever, does not wait for that user's next connection. */
export class MailRounds {
  readonly #broker: Broker;
  readonly #events: MailRoundsEvents;
  /** Users whose mailboxes were written to in this turn, or while nobody could be told. */
  readonly #stored = new Set<number>();
  #nudging = false;
  #joined: Recipient[] = [];
  readonly #sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  #soonTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #secondLookTimer = setInterval(() => this.#secondLook(), SECOND_LOOK_MS).unref();

  constructor(broker: Broker, events: MailRoundsEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  /** Frames for this user were stored: a node that has the user by now is told, and sends them on. */
  stored(uid: number): void {
    if (this.#broker.alone) return;
    if (!this.#nudging) setImmediate(() => this.nudge());
    this.#nudging = true;
    this.#stored.add(uid);
  }

  /** Tells of what was stored in this turn at once. */
  nudge(): void {
    this.#nudging = false;
    // Kept for when the others can be told; past so many, their own sweeps find the mail.
    if (!this.#broker.connected && this.#stored.size < MAX_NUDGES) return;
    const message = JSON.stringify({ t: "mail" } satisfies ToUser);
    for (const uid of this.#stored) {
      const recipient = this.#events.recipient(uid);
      if (recipient !== undefined) this.look([recipient]);
      if (this.#broker.connected) this.#broker.sendToUser(uid, message);
    }
    this.#stored.clear();
  }

  /** A user's first socket opened here. */
  joined(recipient: Recipient): void {
    if (this.#broker.connected) this.#joined.push(recipient);
  }

  /** The connection to the other nodes is back. */
  back(): void {
    this.nudge();
    // A moment later: acks of what is then delivered need the other nodes to be back as well.
    this.#joined = [...this.#events.recipients()];
  }

  /** The connection of another node is back: what it had to say meanwhile it said to nobody. Of many at once, one sweep. */
  sweepSoon(): void {
    this.#soonTimer ??= setTimeout(() => {
      this.#soonTimer = undefined;
      this.#sweep();
    }, SWEEP_SOON_MS);
  }

  look(recipients: readonly Recipient[]): void {
    if (!this.#broker.connected || recipients.length === 0) return;
    // The queue has logged why, and the next sweep asks again.
    this.#events.catchUp(recipients).catch(() => {});
  }

  stop(): void {
    this.nudge();
    clearInterval(this.#sweepTimer);
    clearTimeout(this.#soonTimer);
    clearInterval(this.#secondLookTimer);
  }

  #sweep(): void {
    if (!this.#broker.connected) return;
    this.look([...this.#events.recipients()]);
    this.#events.sweep();
  }

  #secondLook(): void {
    const joined = this.#joined.filter(({ state }) => state !== "left");
    this.#joined = [];
    this.look(joined);
  }
}
