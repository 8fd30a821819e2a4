/** What keeps a flood of made-up tokens from the database: how many wrong ones an address may show. */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { later } from "./reply.ts";

const SECONDS = 10;
const WRONG = 401;

type Answer = Response | undefined;

/** Counts in this process. A token cannot be guessed: this is about the work, not about the secret. */
export class WrongTokens {
  readonly #limiter: RateLimiterMemory | undefined;
  readonly #most: number;

  /** @param most in 10 s; 0: no limit */
  constructor(most: number) {
    this.#most = most;
    if (most > 0) this.#limiter = new RateLimiterMemory({ points: most, duration: SECONDS });
  }

  /** Answers, unless this address has shown as many wrong tokens as it may. @returns what `answer` says, or 429 */
  async spend(address: string, answer: () => Answer | Promise<Answer>): Promise<Answer> {
    if (this.#limiter === undefined) return answer();
    const before = await this.#limiter.get(address);
    if (before !== null && before.consumedPoints >= this.#most) {
      return later("too_many", "too many wrong tokens from this address", before.msBeforeNext / 1000);
    }
    const response = await answer();
    if (response?.status === WRONG) await this.#limiter.penalty(address, 1);
    return response;
  }
}
