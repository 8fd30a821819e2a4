/** Limits on logins and registrations: over all nodes on one database, or for this process alone. */
import { type RateLimiterAbstract, RateLimiterMemory } from "rate-limiter-flexible";
import type { Attempts } from "../store/attempts.ts";
import { SharedLimiter } from "./shared-limiter.ts";

const QUARTER_HOUR = 15 * 60;
const HOUR = 60 * 60;
/** An address may stand for a household or an office. */
const ADDRESS_FACTOR = 5;

/** Failures of one kind by key. `limit` 0: none are counted. */
class Failures {
  readonly #limiter: RateLimiterAbstract | undefined;

  /** @param kind tells these keys from those of other kinds */
  constructor(
    readonly limit: number,
    seconds: number,
    kind: string,
    attempts: Attempts | undefined,
  ) {
    if (limit === 0) return;
    const options = { points: limit, duration: seconds, keyPrefix: kind };
    this.#limiter = attempts ? new SharedLimiter(attempts, options) : new RateLimiterMemory(options);
  }

  /** Counts one more. @returns seconds to wait where it is past the limit; else 0 */
  async add(key: string): Promise<number> {
    const state = await this.#limiter?.penalty(key, 1);
    return state && state.consumedPoints > this.limit ? secondsOf(state.msBeforeNext) : 0;
  }

  async takeBack(key: string): Promise<void> {
    await this.#limiter?.reward(key, 1);
  }

  async forget(key: string): Promise<void> {
    await this.#limiter?.delete(key);
  }

  /** Seconds to wait where the limit has been reached; else 0. */
  async wait(key: string): Promise<number> {
    const state = await this.#limiter?.get(key);
    return state && state.consumedPoints >= this.limit ? secondsOf(state.msBeforeNext) : 0;
  }
}

const secondsOf = (ms: number) => Math.max(1, Math.ceil(ms / 1000));

export class Limits {
  readonly #byName: Failures;
  readonly #byAddress: Failures;
  readonly #registrations: Failures;

  /**
   * @param settings counts; 0 means no limit
   * @param attempts where they are counted, and every call here then throws StoreUnavailable when the database is away;
   *   without it this process counts by itself
   */
  constructor({ loginFailures, registrations }: { loginFailures: number; registrations: number }, attempts?: Attempts) {
    this.#byName = new Failures(loginFailures, QUARTER_HOUR, "name", attempts);
    this.#byAddress = new Failures(loginFailures * ADDRESS_FACTOR, QUARTER_HOUR, "address", attempts);
    this.#registrations = new Failures(registrations, HOUR, "registration", attempts);
  }

  /** Seconds until a login for this name from this address may be tried; 0: now. */
  async beforeLogin(name: string, address: string): Promise<number> {
    return Math.max(...(await Promise.all([this.#byName.wait(name), this.#byAddress.wait(address)])));
  }

  /**
   * Counts a checked password. @returns seconds to wait where the answer must be withheld, since so many failures came
   * in while it was being checked that it would have been refused had they come one by one; else 0
   */
  async afterLogin(name: string, address: string, right: boolean): Promise<number> {
    if (right) return this.beforeLogin(name, address);
    return Math.max(...(await Promise.all([this.#byName.add(name), this.#byAddress.add(address)])));
  }

  /** Nobody has this name any more, or its password is a new one. */
  forgetName(name: string): Promise<void> {
    return this.#byName.forget(name);
  }

  /** Counts a registration. @returns seconds to wait where it is one too many; else 0 */
  register(address: string): Promise<number> {
    return this.#registrations.add(address);
  }

  /** The registration came to nothing. */
  unregister(address: string): Promise<void> {
    return this.#registrations.takeBack(address);
  }
}
