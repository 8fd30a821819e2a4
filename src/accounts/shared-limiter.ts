/**
 * The library's limiter with its counts in the database: all nodes count together, by the database's clock. Its own
 * limiter for Drizzle goes by each node's clock, and past the time limit and the errors of `Database`.
 */
import { type IRateLimiterOptions, RateLimiterRes } from "rate-limiter-flexible";
import StoreLimiter from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { Attempted, Attempts } from "../store/attempts.ts";

/**
 * Has `get`, `penalty`, `reward` and `delete`, which is what we count by. Each throws StoreUnavailable where the database is away:
 * a guess that cannot be counted gets no answer.
 */
export class SharedLimiter extends StoreLimiter<Attempted> {
  readonly #attempts: Attempts;

  constructor(attempts: Attempts, options: IRateLimiterOptions) {
    super({ ...options, storeClient: attempts });
    this.#attempts = attempts;
  }

  protected override _upsert(key: string, points: number, durationMs: number): Promise<Attempted> {
    return this.#attempts.add(key, points, durationMs / 1000);
  }

  protected override _get(key: string): Promise<Attempted | undefined> {
    return this.#attempts.find(key);
  }

  protected override async _delete(key: string): Promise<boolean> {
    await this.#attempts.delete(key);
    return true;
  }

  protected override _getRateLimiterRes(_key: string, _changed: number, { points, leftMs }: Attempted): RateLimiterRes {
    return new RateLimiterRes(Math.max(this.points - points, 0), leftMs, points);
  }
}
