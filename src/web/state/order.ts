/**
 * In which order messages stand. The history gives each a place; what has just come has none yet. It is mostly the newest,
 * but may be as old as the mailbox: then its sender's own clock tells before which of his messages it belongs. Clocks of
 * different people are never compared.
 */
import type { Entry } from "./entry.ts";

/** @returns `shown` and `fresh` in one, each message once; of two the one that is shown, which learns its place */
export function ordered(shown: readonly Entry[], fresh: readonly Entry[]): Entry[] {
  const byKey = new Map<string, Entry>();
  for (const entry of [...shown, ...fresh]) {
    const known = byKey.get(entry.key);
    if (!known) byKey.set(entry.key, entry);
    else {
      known.id ??= entry.id;
      if (known.fate.value === "sending" && known.id !== undefined) known.reached("stored");
    }
  }
  const all = [...byKey.values()];
  const placed = all.filter(({ id }) => id !== undefined).sort((one, other) => one.id! - other.id!);
  for (const entry of all) if (entry.id === undefined) placed.splice(placeOf(entry, placed), 0, entry);
  return placed;
}

function placeOf(entry: Entry, among: readonly Entry[]): number {
  let place = among.length;
  for (let at = among.length - 1; at >= 0; at--) {
    const other = among[at]!;
    if (other.from !== entry.from) continue;
    if (!isBefore(entry, other)) break;
    place = at;
  }
  return place;
}

/** Within a millisecond ids decide: most clients count them up. */
const isBefore = (one: Entry, other: Entry): boolean =>
  one.timestampMs < other.timestampMs || (one.timestampMs === other.timestampMs && one.msgId < other.msgId);
