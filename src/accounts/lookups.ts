/**
 * Look-ups of tokens in batches: the first goes out at once, those that arrive while a query is under way ride the
 * next one together. A storm of reconnects is then a few hundred queries, not a hundred thousand, without a timer.
 */
import type { TokenRow, TokenRows } from "../store/tokens.ts";

/** What a token is kept under in memory. Copied out, so that it holds on to nothing else. */
export const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString("base64url");

/** Hashes in one query at most. */
const BATCH = 1000;

export type Found = TokenRow & { readonly leftMs: number };

interface Waiting {
  readonly hash: Uint8Array;
  readonly answer: PromiseWithResolvers<Found | undefined>;
  /** The token died while the query was under way: what the query saw is history. */
  dead: boolean;
}

export class Lookups {
  /** In order of arrival; those of the query under way included, so that a token asked for twice is one look-up. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #queue: string[] = [];
  #running = false;

  /** @param onFound is called in the same turn in which the answer is known, before anything can end the token */
  constructor(
    readonly rows: TokenRows,
    readonly onFound: (key: string, row: Found) => void,
  ) {}

  find(key: string, hash: Uint8Array): Promise<Found | undefined> {
    let entry = this.#waiting.get(key);
    if (!entry) {
      entry = { hash, answer: Promise.withResolvers(), dead: false };
      this.#waiting.set(key, entry);
      this.#queue.push(key);
      if (!this.#running) void this.#drain();
    }
    return entry.answer.promise;
  }

  /** A token died: whatever a query under way says of it, it is answered as unknown. */
  disown(key: string): void {
    const entry = this.#waiting.get(key);
    if (entry) entry.dead = true;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // Those that arrive in the same turn share the first query.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#ask(this.#queue.splice(0, BATCH));
    this.#running = false;
  }

  async #ask(keys: string[]): Promise<void> {
    const batch = keys.map((key) => [key, this.#waiting.get(key)!] as const);
    try {
      const rows = await this.rows.find(batch.map(([, entry]) => entry.hash));
      const found = new Map(rows.map((row) => [keyOf(row.hash), row]));
      for (const [key, entry] of batch) {
        this.#waiting.delete(key);
        const row = entry.dead ? undefined : found.get(key);
        if (row) this.onFound(key, row);
        entry.answer.resolve(row);
      }
    } catch (error) {
      for (const [key, entry] of batch) {
        this.#waiting.delete(key);
        entry.answer.reject(error);
      }
    }
  }
}
