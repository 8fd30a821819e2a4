/** What keeps the directory from being copied: how many profiles of others a user is shown. */
import { Limiter } from "../accounts/limiter.ts";
import { later } from "./reply.ts";

const HOUR_SECONDS = 3600;

/** Counts in this process: one that copies is slowed down enough where every node shows it as much. */
export class LookLimit {
  readonly #looks: Limiter;

  /** @param most profiles in an hour; 0: no limit */
  constructor(most: number) {
    this.#looks = new Limiter(most, HOUR_SECONDS);
  }

  /**
   * Looks, unless the user has been shown as many as are allowed. A look that finds nobody counts as one.
   * @returns what the look answers, or 429
   */
  async spend(uid: number, look: () => Promise<{ shown: number; answer: Response }>): Promise<Response> {
    const seconds = await this.#looks.wait(uid);
    if (seconds > 0) return later("too_many", "too many profiles looked at", seconds);
    const { shown, answer } = await look();
    await this.#looks.add(uid, Math.max(1, shown));
    return answer;
  }
}
