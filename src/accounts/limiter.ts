/** How often somebody may do something: the library's limiters behind the few words that the rules here need. */
import { type RateLimiterAbstract, RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import type { Attempts } from "../store/attempts.ts";
import { SharedLimiter } from "./shared-limiter.ts";

/** A user or an address. */
type Key = string | number;

/** Where all nodes count together. Every call then throws StoreUnavailable when the database is away. */
export interface Shared {
  readonly attempts: Attempts;
  /** Tells these keys from those of other limiters there. */
  readonly kind: string;
}

/** Points by key, for so many seconds from a key's first on. */
export class Limiter {
  readonly #limiter: RateLimiterAbstract | undefined;

  /**
   * @param most points within `seconds`; 0: no limit, and nothing is counted
   * @param shared without it this process counts by itself
   */
  constructor(
    readonly most: number,
    seconds: number,
    shared?: Shared,
  ) {
    if (most === 0) return;
    const options = { points: most, duration: seconds };
    this.#limiter = shared
      ? new SharedLimiter(shared.attempts, { ...options, keyPrefix: shared.kind })
      : new RateLimiterMemory(options);
  }

  /** @returns seconds to wait where no point is left, at least 1; else 0 */
  async wait(key: Key): Promise<number> {
    const state = await this.#limiter?.get(key);
    return state && state.consumedPoints >= this.most ? secondsOf(state) : 0;
  }

  /** Counts, past `most` too. @returns seconds to wait where it was more than was left, at least 1; else 0 */
  async add(key: Key, points = 1): Promise<number> {
    const state = await this.#limiter?.penalty(key, points);
    return state && state.consumedPoints > this.most ? secondsOf(state) : 0;
  }

  async takeBack(key: Key): Promise<void> {
    await this.#limiter?.reward(key, 1);
  }

  async forget(key: Key): Promise<void> {
    await this.#limiter?.delete(key);
  }
}

const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000));
