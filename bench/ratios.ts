/** What of a run can be compared with another's: each figure by its yardstick's. */
import type { Parts, Ratio } from "./measured.ts";
import type { RelayResult } from "./parts/relay.ts";

const OWN = "Polyge";

export function ratiosOf({ relay, idle, connects, logins, offline }: Parts): Ratio[] {
  const ratios = [
    ...(relay ? relayRatios(relay) : []),
    ...toEach(idle, "memory of an idle socket", "lower", ({ bytesPerSocket }) => bytesPerSocket),
    ...toEach(connects, "connects a second", "higher", ({ connectsPerSecond }) => connectsPerSecond),
    ...toEach(connects, "CPU of a connect", "lower", ({ cpuUsPerConnect }) => cpuUsPerConnect),
    ...(logins ? [higher("logins a second ÷ argon2 hashes a second", logins.ratio)] : []),
    ...(offline
      ? [higher("frames stored a second ÷ rows the database takes", offline.framesPerSecond / offline.rowsPerSecond)]
      : []),
  ];
  // Where /proc does not say, or memory fell, there is nothing to compare.
  return ratios.filter(({ value }) => Number.isFinite(value) && value > 0);
}

const higher = (name: string, value: number): Ratio => ({ name, value, better: "higher" });

function relayRatios({ summary }: RelayResult): Ratio[] {
  return summary
    .filter(({ server }) => server === OWN)
    .flatMap(({ shape, ratioTo, cpuRatioTo }) => [
      ...Object.entries(ratioTo).map(([other, value]) => higher(`relay ${shape}: ${OWN} ÷ ${other}`, value)),
      ...Object.entries(cpuRatioTo).map(([other, value]) =>
        higher(`relay ${shape}, of server CPU: ${OWN} ÷ ${other}`, value),
      ),
    ]);
}

/** Our figure by each yardstick's. */
function toEach<T extends { readonly server: string }>(
  results: readonly T[] | undefined,
  name: string,
  better: Ratio["better"],
  read: (result: T) => number,
): Ratio[] {
  const own = results?.find(({ server }) => server === OWN);
  if (own === undefined) return [];
  return results!
    .filter((result) => result !== own)
    .map((other) => ({ name: `${name}: ${OWN} ÷ ${other.server}`, value: read(own) / read(other), better }));
}
