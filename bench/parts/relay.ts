/**
 * The relay's throughput in a closed loop, beside its yardsticks. Every server runs in a fresh process for each round, and
 * the order of the servers turns round by round, so that warm-up and drift of the machine fall on all alike.
 */
import type { Entrant } from "../entrants.ts";
import { type Round, type Summary, summarise } from "../report.ts";
import type { Ground } from "./ground.ts";

/** How many sockets, and frames under way for each. */
export interface Shape {
  readonly sockets: number;
  readonly inFlight: number;
}

export interface RelayResult {
  readonly summary: readonly Summary[];
  readonly rounds: readonly Round[];
}

const DATA_BYTES = 64;

export async function measureRelay(
  { logins, seconds, warmUpSeconds, say }: Ground,
  entrants: readonly Entrant[],
  shapes: readonly Shape[],
  rounds: number,
): Promise<RelayResult> {
  const done: Round[] = [];
  for (const { sockets, inFlight } of shapes) {
    const shape = `${sockets} × ${inFlight}`;
    for (let round = 0; round < rounds; round++) {
      for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
        const users = logins.slice(0, sockets);
        const result = await entrant.measure({
          logins: users,
          inFlight,
          dataBytes: DATA_BYTES,
          warmUpSeconds,
          seconds,
        });
        done.push({ shape, round, server: entrant.name, result });
        const rate = Math.round(result.messagesPerSecond).toLocaleString("en");
        say(`relay: ${shape}, round ${round + 1} of ${rounds}: ${entrant.name} ${rate} msg/s`);
      }
    }
  }
  return { summary: summarise(done), rounds: done };
}
