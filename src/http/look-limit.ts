/** What keeps the directory from being copied: how many profiles of others a user is shown. */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { later } from "./reply.ts";

const HOUR_SECONDS = 3600;

/** Counts in this process: one that copies is slowed down enough where every node shows it as much. */
export class LookLimit {
  readonly #limiter: RateLimiterMemory | undefined;
  readonly #most: number;

  /** @param most profiles in an hour; 0: no limit */
  constructor(most: number) {
    this.#most = most;
    if (most > 0) this.#limiter = new RateLimiterMemory({ points: most, duration: HOUR_SECONDS });
  }

  /**
   * Looks, unless the user has been shown as many as are allowed. A look that finds nobody counts as one.
   * @returns what the look answers, or 429
   */
  async spend(uid: number, look: () => Promise<{ shown: number; answer: Response }>): Promise<Response> {
    if (this.#limiter === undefined) return (await look()).answer;
    const before = await this.#limiter.get(uid);
    if (before !== null && before.consumedPoints >= this.#most) {
      return later("too_many", "too many profiles looked at", before.msBeforeNext / 1000);
    }
    const { shown, answer } = await look();
    await this.#limiter.penalty(uid, Math.max(1, shown));
    return answer;
  }
}
