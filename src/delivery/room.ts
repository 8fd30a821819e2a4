import type { Flush } from "./flush.ts";
import { costOf } from "./frame-log.ts";

/** Of the whole, the part that is given away between two looks at how much is left. */
const SHARE = 1 / 256;

/** Memory for frames that are neither confirmed nor stored: it is not looked for each frame how much is left. */
export class Room {
  readonly #limit: number;
  readonly #used: () => number;
  readonly #flush: Flush;
  /** Bytes that may be taken before the next look. */
  #left = 0;

  /**
   * @param limit bytes
   * @param used bytes, but for those that came in this turn and are not counted yet
   */
  constructor(limit: number, used: () => number, flush: Flush) {
    this.#limit = limit;
    this.#used = used;
    this.#flush = flush;
  }

  /** Takes a frame's bytes, `HOLDING_COST_BYTES` included; false where there is no room for it. */
  take(frame: Buffer): boolean {
    this.#left -= costOf(frame);
    return this.#left >= 0 || this.#look(costOf(frame));
  }

  #look(cost: number): boolean {
    // Without the count there is more room than in truth: what is too little then need not be counted for each frame refused.
    if (this.#limit - this.#used() >= cost) this.#flush.count();
    this.#left = Math.min(this.#limit - this.#used(), Math.max(this.#limit * SHARE, cost)) - cost;
    return this.#left >= 0;
  }
}
