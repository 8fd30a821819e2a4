import type { BlockRows } from "../store/blocks.ts";
import type { Recipient } from "./recipient.ts";
import type { Recipients } from "./recipients.ts";

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
  readonly #recipients: Recipients;
  readonly #changed: (recipient: Recipient, blockers: readonly number[]) => void;
  /** Users to ask about, and who waits for the answer. What comes while a query is under way rides the next. */
  #due = new Map<number, PromiseWithResolvers<Blockers> | undefined>();
  #reading = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param changed these have blocked the recipient, or do so no longer */
  constructor(
    rows: BlockRows,
    recipients: Recipients,
    changed: (recipient: Recipient, blockers: readonly number[]) => void,
  ) {
    this.#rows = rows;
    this.#recipients = recipients;
    this.#changed = changed;
  }

  /** Who has blocked a user: at once where the user has a socket here. @throws StoreUnavailable (as a rejection) */
  of(uid: number): Blockers | Promise<Blockers> {
    return this.#recipients.get(uid)?.blockers ?? this.read(uid);
  }

  /** Asks again. @throws StoreUnavailable; where the user has a socket here it is tried again all the same */
  read(uid: number): Promise<Blockers> {
    const waiting = this.#due.get(uid) ?? Promise.withResolvers<Blockers>();
    this.#due.set(uid, waiting);
    void this.#readAll();
    return waiting.promise;
  }

  /** Asks again, and goes on trying. */
  refresh(uids: Iterable<number>): void {
    for (const uid of uids) if (!this.#due.has(uid)) this.#due.set(uid, undefined);
    void this.#readAll();
  }

  stop(): void {
    clearTimeout(this.#retry);
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
        const recipient = this.#recipients.get(uid);
        if (recipient !== undefined) this.#put(recipient, blockers);
        waiting?.resolve(blockers);
      }
      return true;
    } catch (error) {
      for (const [uid, waiting] of batch) {
        waiting?.reject(error);
        if (this.#recipients.has(uid) && !this.#due.has(uid)) this.#due.set(uid, undefined);
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
    if (changed.length > 0) this.#changed(recipient, changed);
  }
}
