/** The load tester's players, as the bench uses them. */
import { nowMicroseconds } from "../src/cli/load/engine/clock.ts";
import { Connection, type Login } from "../src/cli/load/engine/connection.ts";
import type { Counts, Member } from "../src/cli/load/players/orders.ts";
import { Players } from "../src/cli/load/players/players.ts";
import { sumOf } from "../src/cli/load/timeline.ts";

/** Sockets of one client process: below the 20,000 files that many systems allow, with some left for itself. */
const SOCKETS_PER_CLIENT = 18_000;
/** Opened on each server and closed again first, so that what a process needs once is not counted as the sockets'. */
const WARM_UP_SOCKETS = 500;

export const clientsFor = (sockets: number): number => Math.ceil(sockets / SOCKETS_PER_CLIENT);

/** The sockets spread over client processes, none open yet. */
export const crowdOf = (urls: readonly string[], members: readonly Member[], processes: number, dataBytes = 64) =>
  new Players({
    urls,
    members,
    dataBytes,
    processes,
    acks: false,
    insecure: false,
    run: crypto.getRandomValues(new Uint32Array(1))[0]!,
    zeroUs: nowMicroseconds(),
  });

/**
 * Opens every socket.
 * @returns how long it took, in seconds
 * @throws Error where some are refused time and again
 */
export async function openAll(crowd: Players, sockets: number): Promise<number> {
  const started = performance.now();
  const open = await crowd.open();
  if (open < sockets) throw new Error(`only ${open} of ${sockets} sockets could be opened`);
  return (performance.now() - started) / 1000;
}

export const countsOf = async (crowd: Players): Promise<Counts> =>
  sumOf((await crowd.sample()).map(({ counts }) => counts));

/** Opens some sockets on each server, and drops them. */
export async function warmUp(urls: readonly string[], logins: readonly Login[]): Promise<void> {
  for (const url of urls) {
    const opening = logins.slice(0, WARM_UP_SOCKETS).map((login) => Connection.open(new URL(url), login, {}));
    for (const connection of await Promise.all(opening)) connection.terminate();
  }
}
