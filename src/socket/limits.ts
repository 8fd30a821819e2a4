/** How many malformed frames within a minute close a socket. */
export const MAX_FAULTS = 16;
const FAULT_WINDOW_MS = 60_000;

/** What one socket may send: `perSecond` frames a second, and `burst` frames ahead of that. */
export interface MessageRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The rate of the settings, where 0 means no limit. */
export function messageRate(perSecond: number, burst: number): MessageRate {
  return perSecond === 0 ? { perSecond: 0, burst: Number.POSITIVE_INFINITY } : { perSecond, burst };
}

/** A token bucket. */
export class MessageBudget {
  readonly #rate: MessageRate;
  #left: number;
  #readMs: number;

  constructor(rate: MessageRate, nowMs: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#readMs = nowMs;
  }

  /** Takes one frame out of the budget; false where it is used up. */
  spend(nowMs: number): boolean {
    if (nowMs !== this.#readMs) {
      const earned = ((nowMs - this.#readMs) * this.#rate.perSecond) / 1000;
      this.#left = Math.min(this.#rate.burst, this.#left + earned);
      this.#readMs = nowMs;
    }
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** Remembers when the last malformed frames came. */
export class FaultWindow {
  readonly #times: number[] = [];

  /** Counts one more; true where it is the `MAX_FAULTS`th within the window. */
  add(nowMs: number): boolean {
    this.#times.push(nowMs);
    if (this.#times.length < MAX_FAULTS) return false;
    return nowMs - this.#times.shift()! <= FAULT_WINDOW_MS;
  }
}
