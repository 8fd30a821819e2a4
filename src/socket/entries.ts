/** How often one user may open a socket. */
import { Limiter } from "../accounts/limiter.ts";

const SECONDS = 10;
/** Whoever is turned out for breaking a rule has spent this share of what may be opened. */
const TURNED_OUT = 0.5;

/** Counts in this process: it is this process's time that a flood of upgrades would take. */
export class Entries {
  readonly #opened: Limiter;

  /** @param most sockets in 10 s; 0: no limit */
  constructor(most: number) {
    this.#opened = new Limiter(most, SECONDS);
  }

  /** Counts one more. @returns seconds to wait where it is one too many; else 0 */
  wait(uid: number): Promise<number> {
    return this.#opened.add(uid);
  }

  /** A socket of this user was closed with 1008. */
  turnedOut(uid: number): void {
    void this.#opened.add(uid, Math.ceil(this.#opened.most * TURNED_OUT));
  }
}
