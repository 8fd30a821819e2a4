/** How many malformed frames within a minute close a socket. */
export const MAX_FAULTS = 16;
const FAULT_WINDOW_MS = 60_000;

/** What one socket may send: `perSecond` frames a second, and `burst` frames ahead of that. */
export interface MessageRate {
  readonly perSecond: number;
  readonly burst: number;
  /** The time that one frame takes, in ms, and that of a burst. */
  readonly eachMs: number;
  readonly aheadMs: number;
}

/** Of a frame: no burst is cut short by so small an error of rounding. */
const ROUNDING = 1e-3;

/** The rate of the settings, where 0 means no limit. */
export function messageRate(perSecond: number, burst: number): MessageRate {
  if (perSecond === 0)
    return { perSecond, burst: Number.POSITIVE_INFINITY, eachMs: 0, aheadMs: Number.POSITIVE_INFINITY };
  const eachMs = 1000 / perSecond;
  return { perSecond, burst, eachMs, aheadMs: (burst + ROUNDING) * eachMs };
}

/** What a socket did wrong lately. */
export class Faults {
  readonly #times: number[] = [];
  #refused = 0;
  #refusedSinceMs = 0;

  /** Counts a malformed frame; true where it is the `MAX_FAULTS`th within the window. */
  malformed(nowMs: number): boolean {
    this.#times.push(nowMs);
    if (this.#times.length < MAX_FAULTS) return false;
    return nowMs - this.#times.shift()! <= FAULT_WINDOW_MS;
  }

  /** Counts a message past the rate; true where more were refused within the window than could have been taken. */
  refused(nowMs: number, { perSecond, burst }: MessageRate): boolean {
    if (nowMs - this.#refusedSinceMs > FAULT_WINDOW_MS) {
      this.#refusedSinceMs = nowMs;
      this.#refused = 0;
    }
    return ++this.#refused > burst + (perSecond * FAULT_WINDOW_MS) / 1000;
  }
}
