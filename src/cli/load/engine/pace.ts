/** The open loop: calls come due at a set rate, and how late one is does not move those that follow. */
import { nowMicroseconds } from "./clock.ts";

/** Calls in a row after which arrivals get a turn, where many are overdue. */
const MOST_IN_A_TURN = 64;
/** How long a stop may go unseen. */
const LONGEST_SLEEP_MS = 100;

/** When calls are due, one after the other, in µs since 1970; undefined: there are no more. */
export type Schedule = () => number | undefined;

/** `rate` calls a second at even distances, the first at `startUs`. */
export function evenly(rate: number, seconds: number, startUs: number): Schedule {
  const calls = Math.round(rate * seconds);
  let call = 0;
  return () => (call < calls ? startUs + (call++ * 1e6) / rate : undefined);
}

/**
 * Calls as independent people make them: a Poisson process whose rate changes with time, by thinning one of the largest
 * rate (Lewis and Shedler, 1979).
 * @param rateAt calls a second, `second` seconds after the start; at most `largest`
 */
export function poisson(
  rateAt: (second: number) => number,
  largest: number,
  seconds: number,
  startUs: number,
): Schedule {
  let second = 0;
  return () => {
    for (;;) {
      second -= Math.log(1 - Math.random()) / largest;
      if (second >= seconds) return undefined;
      if (Math.random() * largest < rateAt(second)) return startUs + second * 1e6;
    }
  };
}

/**
 * Calls `act` whenever a call is due, until there are no more or `stopped` says so. Each call is told when it was due: one
 * that waited for the process counts its wait, instead of leaving it out as a closed loop does.
 */
export async function follow(
  schedule: Schedule,
  act: (dueUs: number) => void,
  stopped: () => boolean = () => false,
): Promise<void> {
  let inARow = 0;
  for (let dueUs = schedule(); dueUs !== undefined && !stopped(); dueUs = schedule()) {
    for (let waitUs = dueUs - nowMicroseconds(); waitUs > 0 && !stopped(); waitUs = dueUs - nowMicroseconds()) {
      // Not to the microsecond: turning in place until then would take the processor from the servers.
      await Bun.sleep(Math.min(Math.ceil(waitUs / 1000), LONGEST_SLEEP_MS));
    }
    act(dueUs);
    if (++inARow % MOST_IN_A_TURN === 0) await Bun.sleep(0);
  }
}

/** `act` at an even `rate` for `seconds`, the first time at `startUs`. */
export const keepPace = (
  rate: number,
  seconds: number,
  startUs: number,
  act: (dueUs: number) => void,
  stopped?: () => boolean,
): Promise<void> => follow(evenly(rate, seconds, startUs), act, stopped);
