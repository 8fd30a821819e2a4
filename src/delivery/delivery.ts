/**
 * The promise: a frame that the server accepted is delivered or on disk. README.md in this folder has the states and why
 * each step keeps the promise.
 */
import type { Logger } from "pino";
import type { Broker } from "../broker/broker.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import type { Mailboxes } from "../store/mailbox.ts";
import { Cluster } from "./cluster/cluster.ts";
import { Routes } from "./cluster/routes.ts";
import { Confirmation } from "./confirmation.ts";
import { Drain } from "./drain.ts";
import { Eviction } from "./eviction.ts";
import { Flush } from "./flush.ts";
import type { Held } from "./frame-log.ts";
import { MailboxQueue } from "./mailbox-queue.ts";
import type { Outlet } from "./outlet.ts";
import { Presence } from "./presence.ts";
import { Receipts } from "./receipts.ts";
import type { Recipient } from "./recipient.ts";
import { Recipients } from "./recipients.ts";
import { Room } from "./room.ts";
import { Senders } from "./senders.ts";
import { Subscriber } from "./subscriber.ts";
import type { DeliveryEvents, DeliverySettings } from "./surroundings.ts";

/**
 * What became of a frame that was offered: `sent` to the target's sockets, `routed` to the nodes that have some, `queued`
 * for the mailbox, or refused, since memory for what is neither confirmed nor stored is used up: `unavailable`.
 */
export type Verdict = "sent" | "routed" | "queued" | "unavailable";

export class Delivery {
  readonly recipients = new Recipients();
  readonly held: Held = { bytes: 0 };
  readonly queue: MailboxQueue;
  readonly senders: Senders;
  readonly presence: Presence;
  readonly routes: Routes;
  readonly cluster: Cluster;
  readonly eviction: Eviction;
  readonly receipts: Receipts;
  readonly flush: Flush;
  readonly drain: Drain;
  /** Frames since the start. `answered`: another node answered for them. */
  readonly counts = {
    sent: 0,
    routed: 0,
    arrived: 0,
    queued: 0,
    refused: 0,
    answered: 0,
    unknownUser: 0,
    mailboxFull: 0,
  };
  readonly #settings: DeliverySettings;
  readonly #confirmation: Confirmation;
  readonly #room: Room;
  #sealed = false;

  /** @param clock a coarse one will do */
  constructor(
    store: Mailboxes,
    broker: Broker,
    clock: { readonly ms: number },
    settings: DeliverySettings,
    events: DeliveryEvents,
    log: Logger,
  ) {
    this.#settings = settings;
    this.senders = new Senders(this.recipients, clock, (uid, message) => this.cluster.pass(uid, message));
    this.queue = new MailboxQueue(store, settings, log, ({ uid, frame }, outcome) => {
      if (outcome === "stored") {
        this.cluster.stored(uid);
        return this.senders.stored(frame);
      }
      if (outcome === "unknown_user") this.counts.unknownUser++;
      else this.counts.mailboxFull++;
      events.refused(frame);
      this.senders.refused(frame, outcome);
    });
    this.presence = new Presence(
      {
        isHere: (uid) => this.recipients.has(uid),
        watch: (uid) => this.cluster.watch(uid),
        unwatch: (uid) => this.cluster.unwatch(uid),
        ask: (uid) => this.cluster.askWhetherOnline(uid),
      },
      (subscriber, uid, online) => this.senders.tell(subscriber, { type: "presence", uid, online }),
    );
    this.#confirmation = new Confirmation(
      clock,
      () => this.counts.sent,
      (recipient) => this.flush.request(recipient),
    );
    this.eviction = new Eviction(this.#confirmation, this.recipients, this.held, settings.heldInAll, {
      leave: (subscriber) => this.leave(subscriber),
      storeRoutes: (olderMs) => this.routes.relieve(olderMs),
    });
    this.flush = new Flush(this.#confirmation, {
      came: (recipient, sinceMs) => this.#came(recipient, sinceMs),
      fellBehind: (subscriber) => this.eviction.evict([subscriber]),
    });
    this.#room = new Room(settings.heldInAll, () => this.held.bytes + this.queue.bytes);
    this.drain = new Drain(this.queue, {
      sent: (subscriber) => this.#confirmation.request(subscriber.recipient),
      fellBehind: (subscriber) => this.eviction.evict([subscriber]),
      ready: (subscriber) => this.#goLive(subscriber),
    });
    this.routes = new Routes(broker, this.held, settings.heldPerUser, clock, {
      delivered: (frame) => {
        this.counts.answered++;
        this.senders.delivered(frame);
      },
      handOver: (uid, frame) => this.queue.handOver(uid, frame),
      defer: (uid, frame) => this.queue.defer(uid, frame),
      settled: (uid) => (this.queue.holds(uid) ? this.queue.settled() : undefined),
    });
    this.cluster = new Cluster(broker, this.routes, settings.socketsPerUser, {
      ...events,
      recipient: (uid) => this.recipients.get(uid),
      recipients: () => this.recipients,
      mayHold: ({ state }, frame) => !this.#sealed && state !== "spilling" && this.#room.take(frame),
      hold: (recipient, frame) => {
        this.counts.arrived++;
        this.#hold(recipient, frame);
      },
      catchUp: (recipients) => this.drain.catchUp(recipients),
      pass: ({ subscribers }, message) => this.senders.pass(subscribers, message),
      presence: (uid, online) => this.presence.elsewhere(uid, online),
      presenceUnsure: () => this.presence.askAgain(),
      replace: ({ subscribers }, upTo) => {
        for (const each of subscribers.filter(({ openedAt }) => openedAt <= upTo)) events.replaced(each);
      },
    });
    this.receipts = new Receipts(this.#confirmation, this.queue, this.senders, this.cluster);
  }

  /**
   * Takes a well-formed frame. The hot path: synchronous, and without an allocation but the log's own growth. What need not be
   * done for each frame waits for the end of the turn (`Flush`).
   * @param recipient the target, where online here
   */
  accept(target: number, recipient: Recipient | undefined, frame: Buffer): Verdict {
    if (recipient === undefined || recipient.state === "spilling") return this.#acceptAway(target, recipient, frame);
    if (!this.#room.take(frame)) return this.#refuse();
    this.counts.sent++;
    this.#hold(recipient, frame);
    if (recipient.isElsewhere && !this.#sealed) this.cluster.copy(recipient, frame);
    return "sent";
  }

  /** A socket opened: it gets what is stored, then what is unconfirmed, then what comes. */
  join(uid: number, outlet: Outlet, v2: boolean): Subscriber {
    let recipient = this.recipients.get(uid);
    if (recipient === undefined) {
      recipient = this.recipients.add(uid);
      this.cluster.entered(recipient);
      this.presence.here(uid, true);
    }
    const subscriber = new Subscriber(outlet, recipient, v2);
    recipient.add(subscriber);
    this.cluster.opened(recipient);
    if (v2) this.senders.listening++;
    void this.drain.start(subscriber);
    return subscriber;
  }

  /** A socket ended, however. With the user's last one, what is unconfirmed goes to the mailbox. */
  leave(subscriber: Subscriber): void {
    const { recipient } = subscriber;
    if (!recipient.remove(subscriber)) return;
    subscriber.state = "gone";
    subscriber.wake();
    subscriber.pingId = 0;
    if (subscriber.v2) {
      this.senders.listening--;
      this.presence.forget(subscriber);
    }
    if (recipient.first !== undefined) {
      recipient.trim();
      return;
    }
    this.#handOver(recipient, this.cluster.left(recipient));
    recipient.log.dropBefore(recipient.log.end);
    this.recipients.remove(recipient);
    this.presence.here(recipient.uid, false);
  }

  /** Passes a message on to a user's v2 sockets, on every node. Nothing of it is kept. */
  pass(uid: number, message: ServerMessage): void {
    this.senders.pass(this.recipients.subscribersOf(uid), message);
    this.cluster.pass(uid, message);
  }

  /** The first step of a stop: frames for users who are online are kept for their mailboxes from now on, not sent. */
  seal(): void {
    this.#sealed = true;
    this.cluster.seal();
    for (const recipient of this.recipients) {
      recipient.seal();
      if (recipient.hasUnconfirmed) this.#confirmation.request(recipient);
    }
    this.#confirmation.hasten();
    this.flush.now();
  }

  /** Whether a client, here or on another node, has yet to confirm something that it was sent. */
  get awaitsConfirmation(): boolean {
    return this.routes.unanswered > 0 || this.recipients.hasUnconfirmed;
  }

  /** The second step: what nobody has confirmed goes to the mailboxes. */
  handOverAll(): void {
    this.drain.halt();
    this.routes.closeAll();
    for (const recipient of this.recipients) {
      this.#handOver(recipient, this.cluster.release(recipient));
      recipient.handedOver();
    }
  }

  /** The last step, when every socket is closed. */
  stop(): void {
    this.cluster.stop();
    this.eviction.stop();
    this.#confirmation.stop();
    this.queue.stop();
  }

  /** Takes a frame for a user who has no socket here, or whose sockets drain more slowly than frames come. */
  #acceptAway(target: number, recipient: Recipient | undefined, frame: Buffer): Verdict {
    if (recipient === undefined) {
      if (!this.#room.take(frame)) return this.#refuse();
      if (this.routes.take(target, frame)) {
        this.counts.routed++;
        return "routed";
      }
    }
    if (!this.queue.offer(target, frame)) return this.#refuse();
    this.counts.queued++;
    return "queued";
  }

  #hold(recipient: Recipient, frame: Buffer): void {
    recipient.hold(frame, this.held);
    if (this.#sealed) recipient.log.count();
    else if (!recipient.flushing) this.flush.request(recipient);
  }

  /** Frames came for a recipient, the first of them at `sinceMs` at the earliest. */
  #came(recipient: Recipient, sinceMs: number): void {
    const { bytes } = recipient.log;
    if (recipient.ping === "none") {
      this.receipts.follow(recipient, sinceMs);
      this.#confirmation.request(recipient);
    }
    this.#confirmation.hurry(recipient);
    if (bytes > this.#settings.heldPerUser) this.#overflow(recipient);
  }

  /** @param others places in the log that other nodes answer for */
  #handOver(recipient: Recipient, others: ReadonlySet<number>): void {
    const { uid, log } = recipient;
    for (let seq = recipient.keptFrom; seq < log.end; seq++)
      if (!others.has(seq)) this.queue.handOver(uid, log.at(seq));
  }

  #refuse(): Verdict {
    this.counts.refused++;
    return "unavailable";
  }

  #goLive(subscriber: Subscriber): void {
    const { recipient } = subscriber;
    if (!this.#sealed) {
      subscriber.state = "live";
      recipient.trim();
    }
    if (subscriber.hasUnconfirmed) this.#confirmation.request(recipient);
  }

  /**
   * More than one user may hold. Sockets that are still being sent what is stored are not to blame: closed, they would come
   * back, find the mailbox fuller than before, and be closed again before they got a single frame.
   */
  #overflow(recipient: Recipient): void {
    if (!recipient.canSpill) return this.eviction.evict(recipient.subscribers);
    this.#handOver(recipient, this.cluster.release(recipient));
    recipient.spilled();
  }
}
