/** Stays this far below what the server allows: its clock is coarse, and `got` and the like count too. */
const SHARE = 0.8;

/** A token bucket like the server's, so that it never has to refuse: one for each socket, as there. */
export class Pace {
  readonly #perMs: number;
  readonly #burst: number;
  #budget: number;
  #earnedMs: number;

  /** @param perSecond frames a second, 0: no limit; @param burst frames ahead of that; @param nowMs any steady clock */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = (perSecond * SHARE) / 1000;
    this.#burst = perSecond === 0 ? Number.POSITIVE_INFINITY : Math.max(1, burst * SHARE);
    this.#budget = this.#burst;
    this.#earnedMs = nowMs;
  }

  /** Takes one. @returns 0 where it was there, else ms until there is one */
  spend(nowMs: number): number {
    this.#budget = Math.min(this.#burst, this.#budget + (nowMs - this.#earnedMs) * this.#perMs);
    this.#earnedMs = nowMs;
    if (this.#budget < 1) return Math.ceil((1 - this.#budget) / this.#perMs);
    this.#budget -= 1;
    return 0;
  }
}
