import type { BlockRows } from "../store/blocks.ts";
import type { Delivery } from "./delivery.ts";
import type { Recipient } from "./recipient.ts";

/** Those who have blocked a user, by uid. */
export type Blockers = ReadonlySet<number>;

/** Users asked about in one query at most. */
const BATCH = 1000;
/** After the database was away, in ms. */
const RETRY_MS = 1000;
const NONE: Blockers = new Set();

/**
 * Who has blocked the users who have a socket here. Known before the first socket opens, so that no frame has to wait for it;
 * read again whenever somebody blocks or unblocks one of them, on whatever node, and now and then in case that was not heard.
 */
export class Blocks {
  readonly #rows: BlockRows;
  readonly #delivery: Pick<Delivery, "recipients" | "cluster" | "presence">;
  readonly #forgetPeers: (sender: Recipient) => void;
  /** Users to ask about, and who waits for the answer. What comes while a query is under way rides the next. */
  #due = new Map<number, PromiseWithResolvers<Blockers> | undefined>();
  #reading = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param forgetPeers to whom this user may write is another question by now */
  constructor(
    rows: BlockRows,
    delivery: Pick<Delivery, "recipients" | "cluster" | "presence">,
    forgetPeers: (sender: Recipient) => void,
  ) {
    this.#rows = rows;
    this.#delivery = delivery;
    this.#forgetPeers = forgetPeers;
  }

  /** A user's first socket here opened. @param blockers as `of` said before */
  entered(recipient: Recipient, blockers: Blockers): void {
    recipient.blockers = blockers;
    // Whoever blocked the user since then told the nodes that had the user.
    this.refresh([recipient.uid]);
  }

  /** Somebody has blocked this user, or does so no longer. @returns when that holds here; other nodes are told */
  async changed(uid: number): Promise<void> {
    this.#delivery.cluster.blocksChanged(uid);
    if (this.#delivery.recipients.has(uid)) await this.#read(uid);
  }

  /** Who has blocked a user: at once where the user has a socket here. @throws StoreUnavailable (as a rejection) */
  of(uid: number): Blockers | Promise<Blockers> {
    return this.#delivery.recipients.get(uid)?.blockers ?? this.#read(uid);
  }

  /** Asks again, and goes on trying. */
  refresh(uids: Iterable<number>): void {
    for (const uid of uids) if (!this.#due.has(uid)) this.#due.set(uid, undefined);
    void this.#readAll();
  }

  /** The same for everybody here. */
  refreshAll(): void {
    this.refresh(Array.from(this.#delivery.recipients, ({ uid }) => uid));
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  /** Asks again. @throws StoreUnavailable; where the user has a socket here it is tried again all the same */
  #read(uid: number): Promise<Blockers> {
    const waiting = this.#due.get(uid) ?? Promise.withResolvers<Blockers>();
    this.#due.set(uid, waiting);
    void this.#readAll();
    return waiting.promise;
  }

  async #readAll(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    // Those of the same turn share the first query.
    await Promise.resolve();
    while (this.#due.size > 0 && (await this.#readSome()));
    this.#reading = false;
  }

  /** @returns false: the database is away */
  async #readSome(): Promise<boolean> {
    const batch = [...this.#due].slice(0, BATCH);
    for (const [uid] of batch) this.#due.delete(uid);
    try {
      const pairs = await this.#rows.blockersOf(batch.map(([uid]) => uid));
      const byUid = Map.groupBy(pairs, ({ blocked }) => blocked);
      for (const [uid, waiting] of batch) {
        const found = byUid.get(uid);
        const blockers = found === undefined ? NONE : new Set(found.map((pair) => pair.uid));
        const recipient = this.#delivery.recipients.get(uid);
        if (recipient !== undefined) this.#put(recipient, blockers);
        waiting?.resolve(blockers);
      }
      return true;
    } catch (error) {
      for (const [uid, waiting] of batch) {
        waiting?.reject(error);
        if (this.#delivery.recipients.has(uid) && !this.#due.has(uid)) this.#due.set(uid, undefined);
      }
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#readAll(), RETRY_MS).unref();
      return false;
    }
  }

  #put(recipient: Recipient, blockers: Blockers): void {
    const before = recipient.blockers;
    recipient.blockers = blockers;
    if (before.size === 0 && blockers.size === 0) return;
    const changed = [...before].filter((uid) => !blockers.has(uid));
    for (const uid of blockers) if (!before.has(uid)) changed.push(uid);
    if (changed.length === 0) return;
    this.#forgetPeers(recipient);
    this.#delivery.presence.blocked(recipient, changed);
  }
}
