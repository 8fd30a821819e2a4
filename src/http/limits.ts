/** Limits on logins and registrations: over all nodes on one database, or for this process alone. */
import { Limiter } from "../accounts/limiter.ts";
import type { Attempts } from "../store/attempts.ts";

const QUARTER_HOUR = 15 * 60;
const HOUR = 60 * 60;
/** An address may stand for a household or an office. */
const ADDRESS_FACTOR = 5;

export class Limits {
  readonly #byName: Limiter;
  readonly #byAddress: Limiter;
  readonly #registrations: Limiter;

  /**
   * @param settings counts; 0 means no limit
   * @param attempts where they are counted, and every call here then throws StoreUnavailable when the database is away;
   *   without it this process counts by itself
   */
  constructor({ loginFailures, registrations }: { loginFailures: number; registrations: number }, attempts?: Attempts) {
    const shared = (kind: string) => attempts && { attempts, kind };
    this.#byName = new Limiter(loginFailures, QUARTER_HOUR, shared("name"));
    this.#byAddress = new Limiter(loginFailures * ADDRESS_FACTOR, QUARTER_HOUR, shared("address"));
    this.#registrations = new Limiter(registrations, HOUR, shared("registration"));
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
