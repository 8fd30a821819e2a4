/** How often one user may open a socket. */
import { RateLimiterMemory } from "rate-limiter-flexible";

const SECONDS = 10;
/** Whoever is turned out for breaking a rule has spent this share of what may be opened. */
const TURNED_OUT = 0.5;

/** Counts in this process: it is this process's time that a flood of upgrades would take. */
export class Entries {
  readonly #limiter: RateLimiterMemory | undefined;
  readonly #most: number;

  /** @param most sockets in 10 s; 0: no limit */
  constructor(most: number) {
    this.#most = most;
    if (most > 0) this.#limiter = new RateLimiterMemory({ points: most, duration: SECONDS });
  }

  /** Counts one more. @returns seconds to wait where it is one too many; else 0 */
  async wait(uid: number): Promise<number> {
    const state = await this.#limiter?.penalty(uid, 1);
    return state !== undefined && state.consumedPoints > this.#most ? state.msBeforeNext / 1000 : 0;
  }

  /** A socket of this user was closed with 1008. */
  turnedOut(uid: number): void {
    void this.#limiter?.penalty(uid, Math.ceil(this.#most * TURNED_OUT));
  }
}
