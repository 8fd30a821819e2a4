/** Tokens: issue, check, refresh, end. Whoever owns sockets listens for the ones that die. */
import { LRUCache } from "lru-cache";
import type { Database } from "../store/database.ts";
import { SWEEP, type TokenRow, TokenRows } from "../store/tokens.ts";
import { type Found, keyOf, Lookups } from "./lookups.ts";
import { drawToken, hashOf } from "./secrets.ts";

/** Who a live token stands for. A refreshed token keeps its `tokenId`. */
export interface Session {
  readonly tokenId: number;
  readonly uid: number;
}

/** What other nodes must hear of. Keys are what tokens are cached under: they tell nobody the token. */
export interface TokenListener {
  /** A token died on this node: logged out, pushed out, or found expired. */
  dead(session: Session, key: string): void;
  /** A token was exchanged for a new one; what it opened stays open. */
  replaced(uid: number, key: string): void;
}

/** Tokens of one user; the oldest is dropped past it. Every client sends client id 123, so they are not told apart. */
export const TOKENS_PER_USER = 16;
const CACHED = 100_000;
/** With other nodes on the database a token can die elsewhere: a cached one is believed this long, in ms. */
const SHARED_CACHE_MS = 1000;
/** The cache lets go of what it no longer believes as often as that happens, and at least this often, in ms. Kept for longer,
 * the entries of sockets that all open at once are a tenth of what an idle socket costs. */
const LONGEST_PURGE_MS = 60_000;
/** `setTimeout` and the cache count in 32 bits. */
const LONGEST_MS = 2 ** 31 - 1;

export class Tokens {
  readonly #rows: TokenRows;
  readonly #lookups: Lookups;
  readonly #cache = new LRUCache<string, Session>({ max: CACHED });
  readonly #cacheMs: number;
  readonly #listeners: TokenListener[] = [];
  /** Tokens checked since the start, by where the answer came from. */
  readonly lookups = { cache: 0, database: 0 };
  readonly #purge;

  /** @param seconds how long a token lives */
  constructor(
    database: Database,
    readonly seconds: number,
  ) {
    this.#rows = new TokenRows(database);
    this.#lookups = new Lookups(this.#rows, (key, row) => this.#remember(key, row));
    this.#cacheMs = database.kind === "pglite" ? LONGEST_MS : SHARED_CACHE_MS;
    this.#purge = setInterval(() => this.#cache.purgeStale(), Math.min(this.#cacheMs, LONGEST_PURGE_MS)).unref();
  }

  /** Tokens known without a query. */
  get cached(): number {
    return this.#cache.size;
  }

  listen(listener: TokenListener): void {
    this.#listeners.push(listener);
  }

  /** A token is no good any more, as another node says. */
  forget(key: string): void {
    this.#cache.delete(key);
    this.#lookups.disown(key);
  }

  /** Those of these tokens that are still good. @throws StoreUnavailable */
  living(ids: readonly number[]): Promise<Set<number>> {
    return this.#rows.living(ids);
  }

  /**
   * A new token for a user.
   * @param checked the hash of the password as it was when the user was let in
   * @returns undefined where the password is another by now, or the user is disabled or gone
   * @throws StoreUnavailable
   */
  async issue(uid: number, checked: string, clientId: number): Promise<string | undefined> {
    const token = drawToken();
    const added = await this.#rows.add(uid, checked, { hash: hashOf(token), clientId, seconds: this.seconds });
    if (!added) return undefined;
    // A statement of its own, after the insert has committed: of two logins at once the later sees both rows.
    this.buryAll(await this.#rows.dropOldest(uid, TOKENS_PER_USER));
    return token;
  }

  /**
   * Whose token this is: at once where it is cached, else from the database, in one query with all others that wait.
   * @returns undefined where it is unknown or expired
   * @throws StoreUnavailable (as a rejection)
   */
  identify(token: string): Session | undefined | Promise<Session | undefined> {
    const hash = hashOf(token);
    const key = keyOf(hash);
    const known = this.#cache.get(key);
    if (known) this.lookups.cache++;
    else this.lookups.database++;
    return known ?? this.#lookup(key, hash);
  }

  /**
   * The same for a token that is said to be this user's.
   * @returns undefined where it is unknown, expired or another user's
   * @throws StoreUnavailable (as a rejection)
   */
  authenticate(uid: number, token: string): Session | undefined | Promise<Session | undefined> {
    const session = this.identify(token);
    return session instanceof Promise ? session.then((found) => ofUser(uid, found)) : ofUser(uid, session);
  }

  async #lookup(key: string, hash: Uint8Array): Promise<Session | undefined> {
    const found = await this.#lookups.find(key, hash);
    return found && { tokenId: found.tokenId, uid: found.uid };
  }

  #remember(key: string, row: Found): void {
    const ttl = Math.floor(Math.min(row.leftMs, this.#cacheMs));
    if (ttl > 0) this.#cache.set(key, { tokenId: row.tokenId, uid: row.uid }, { ttl });
  }

  /**
   * Exchanges a live token for a new one, in the same row: sockets opened with the old stay open under the new.
   * @returns undefined where the old one is unknown, expired or another user's
   */
  async refresh(uid: number, clientId: number, token: string): Promise<string | undefined> {
    const old = hashOf(token);
    const next = drawToken();
    const id = await this.#rows.replace(uid, old, { hash: hashOf(next), clientId, seconds: this.seconds });
    if (id === undefined) return undefined;
    this.#forget(old);
    for (const listener of this.#listeners) listener.replaced(uid, keyOf(old));
    return next;
  }

  /** Ends a token; an unknown one is as good as ended. */
  async revoke(token: string): Promise<void> {
    const hash = hashOf(token);
    const dead = await this.#rows.delete(hash);
    this.#forget(hash);
    if (dead) this.#bury(dead);
  }

  /** These tokens were deleted. */
  buryAll(dead: readonly TokenRow[]): void {
    for (const row of dead) this.#bury(row);
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    for (;;) {
      const dead = await this.#rows.deleteExpired();
      this.buryAll(dead);
      if (dead.length < SWEEP) return;
    }
  }

  stop(): void {
    clearInterval(this.#purge);
  }

  #forget(hash: Uint8Array): void {
    this.forget(keyOf(hash));
  }

  #bury(row: TokenRow): void {
    this.#forget(row.hash);
    for (const listener of this.#listeners) listener.dead(row, keyOf(row.hash));
  }
}

const ofUser = (uid: number, session: Session | undefined): Session | undefined =>
  session?.uid === uid ? session : undefined;
