/** The open loop: calls come due at a set rate, and how late one is does not move those that follow. */
import { nowMicroseconds } from "./clock.ts";

/** Calls in a row after which arrivals get a turn, where many are overdue. */
const MOST_IN_A_TURN = 64;

/**
 * Calls `act` `rate` times a second, the first time at `startUs`. Each call is told when it was due (µs since 1970): one
 * that waited for the process counts its wait, instead of leaving it out as a closed loop does.
 */
export async function keepPace(
  rate: number,
  seconds: number,
  startUs: number,
  act: (dueUs: number) => void,
): Promise<void> {
  const calls = Math.round(rate * seconds);
  for (let call = 0; call < calls; ) {
    const dueUs = startUs + (call * 1e6) / rate;
    const waitUs = dueUs - nowMicroseconds();
    if (waitUs > 0) {
      // Not to the microsecond: turning in place until then would take the processor from the servers.
      await Bun.sleep(Math.ceil(waitUs / 1000));
      continue;
    }
    act(dueUs);
    if (++call % MOST_IN_A_TURN === 0) await Bun.sleep(0);
  }
}
