/**
 * The database: PostgreSQL or the embedded PGlite behind one Drizzle type, migrated, and with a time limit on every
 * query, so that a database that is away is an error within seconds and never a call that hangs.
 */
import { sql } from "drizzle-orm";
import { Histogram } from "../metrics/histogram.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Driver, Drizzle } from "./driver.ts";
import { openEmbedded } from "./embedded.ts";
import { StoreUnavailable, translate } from "./failures.ts";
import { openPostgres } from "./postgres.ts";
import * as schema from "./schema.ts";

/** Longest that a query may take, queueing included, in ms; then it fails with `StoreUnavailable`. */
export const QUERY_LIMIT_MS = 5000;
/** Longest that `ping` may take, in ms. */
const PING_LIMIT_MS = 1500;

/** What a piece of work is, for traces, and how long it may take. */
export interface Use {
  /** A few words without values. */
  readonly what?: string;
  /** How many things one batch is about. */
  readonly count?: number;
  readonly limitMs?: number;
}

export class Database {
  #driver: Driver;
  #lastAnswer = performance.now();
  /** Pieces of work under way or waiting; those that failed since the start; how long the others took. */
  running = 0;
  readonly failures = { unavailable: 0, rejected: 0 };
  readonly times = new Histogram();
  #up = true;
  #told: (up: boolean, reason: string) => void = () => {};

  readonly #tracing: Tracing | undefined;

  /** @param tracing undefined: no traces */
  constructor(driver: Driver, tracing?: Tracing) {
    this.#driver = driver;
    this.#tracing = tracing;
  }

  /** `pglite`: no other process uses this database. */
  get kind(): Driver["kind"] {
    return this.#driver.kind;
  }

  /**
   * Runs queries against the database.
   * @throws StoreUnavailable when it is away, out of disk or takes longer than `limitMs`; StoreRejected when it rejects a query
   */
  run<T>(work: (db: Drizzle) => Promise<T>, { what = "query", count, limitMs = QUERY_LIMIT_MS }: Use = {}): Promise<T> {
    if (!this.#tracing) return this.#count(work, limitMs);
    const attributes = {
      "db.system.name": "postgresql",
      ...(count !== undefined && { "db.operation.batch.size": count }),
    };
    return this.#tracing.during(what, "client", attributes, () => this.#count(work, limitMs));
  }

  async #count<T>(work: (db: Drizzle) => Promise<T>, limitMs: number): Promise<T> {
    this.running++;
    const started = performance.now();
    try {
      return await this.#run(work, limitMs);
    } catch (error) {
      const failure = translate(error);
      if (failure instanceof StoreUnavailable) {
        this.failures.unavailable++;
        // One query that took too long among others that were answered is no outage.
        if (this.#lastAnswer <= started) this.#turn(false, failure.message);
      } else this.failures.rejected++;
      throw failure;
    } finally {
      this.running--;
    }
  }

  async #run<T>(work: (db: Drizzle) => Promise<T>, limitMs: number): Promise<T> {
    const driver = this.#driver;
    driver.check?.();
    const started = performance.now();
    const timeout = Promise.withResolvers<never>();
    let late: StoreUnavailable | undefined;
    const timer = setTimeout(() => {
      late = new StoreUnavailable(`the database took longer than ${limitMs} ms`);
      // A connection to a host that vanished hangs for as long as TCP retries, a quarter of an hour; nothing else in
      // the driver ends it. A pool that is merely busy has answered something meanwhile.
      if (this.#lastAnswer < started && limitMs >= QUERY_LIMIT_MS) this.#renew(driver);
      timeout.reject(late);
    }, limitMs);
    // Who was told that it took too long may try again: work that has not begun by then must not be done as well.
    const begin = () => (late === undefined ? work(driver.db) : Promise.reject(late));
    try {
      const result = await Promise.race([driver.turn?.(begin) ?? begin(), timeout.promise]);
      this.#lastAnswer = performance.now();
      this.times.observeMs(this.#lastAnswer - started);
      this.#turn(true, "it answers");
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** False once it was away, until it answers again. */
  get up(): boolean {
    return this.#up;
  }

  /** Names the one who is told when it goes away and when it is back. */
  watch(told: (up: boolean, reason: string) => void): void {
    this.#told = told;
  }

  #turn(up: boolean, reason: string): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#told(up, reason);
  }

  #renew(hung: Driver): void {
    if (this.#driver !== hung || !hung.renew) return;
    this.#driver = hung.renew();
    hung.close().catch(() => {});
  }

  /** True where the database answers within 1.5 s. */
  async ping(): Promise<boolean> {
    try {
      await this.run((db) => db.select({ one: sql`1` }).from(schema.users).limit(1), {
        what: "ping",
        limitMs: PING_LIMIT_MS,
      });
      return true;
    } catch {
      return false;
    }
  }

  /** Waits up to a few seconds for what is under way. */
  close(): Promise<void> {
    return this.#driver.close();
  }
}

/**
 * Opens and migrates the database. Several nodes may do so at once.
 * @throws StartError with one line for the operator: unreachable, wrong credentials, folder unwritable or in use
 */
export async function openDatabase(
  at: { url?: string | undefined; directory: string },
  tracing?: Tracing,
): Promise<Database> {
  return new Database(at.url === undefined ? await openEmbedded(at.directory) : await openPostgres(at.url), tracing);
}
