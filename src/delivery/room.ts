import { costOf } from "./frame-log.ts";

/** Of the whole, the part that is given away between two looks at how much is left. */
const SHARE = 1 / 256;

/**
 * Memory for frames that are neither confirmed nor stored. It is not looked for each frame how much is left, so there may be a
 * share more in use than the limit.
 */
export class Room {
  readonly #limit: number;
  readonly #used: () => number;
  /** Bytes that may be taken before the next look. */
  #left = 0;
  /** Bytes given away in this turn of the loop, at whose end they count as used. */
  #given = 0;

  /**
   * @param limit bytes
   * @param used bytes; what was taken in a turn need not be in it before that turn's end
   */
  constructor(limit: number, used: () => number) {
    this.#limit = limit;
    this.#used = used;
  }

  /** Takes a frame's bytes, `HOLDING_COST_BYTES` included; false where there is no room for it. */
  take(frame: Buffer): boolean {
    this.#left -= costOf(frame);
    return this.#left >= 0 || this.#look(costOf(frame));
  }

  #look(cost: number): boolean {
    const free = this.#limit - this.#used() - this.#given;
    this.#left = 0;
    if (free < cost) return false;
    if (this.#given === 0) setImmediate(this.#turned);
    const share = Math.min(free, Math.max(this.#limit * SHARE, cost));
    this.#given += share;
    this.#left = share - cost;
    return true;
  }

  readonly #turned = () => {
    this.#given = 0;
  };
}
