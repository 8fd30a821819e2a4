/** What keeps a flood of made-up tokens from the database: how many wrong ones an address may show. */
import { Limiter } from "../accounts/limiter.ts";
import { later } from "./reply.ts";

const SECONDS = 10;
const WRONG = 401;

type Answer = Response | undefined;

/** Counts in this process. A token cannot be guessed: this is about the work, not about the secret. */
export class WrongTokens {
  readonly #shown: Limiter;

  /** @param most in 10 s; 0: no limit */
  constructor(most: number) {
    this.#shown = new Limiter(most, SECONDS);
  }

  /** Answers, unless this address has shown as many wrong tokens as it may. @returns what `answer` says, or 429 */
  async spend(address: string, answer: () => Answer | Promise<Answer>): Promise<Answer> {
    const seconds = await this.#shown.wait(address);
    if (seconds > 0) return later("too_many", "too many wrong tokens from this address", seconds);
    const response = await answer();
    if (response?.status === WRONG) await this.#shown.add(address);
    return response;
  }
}
