/** One user's sockets on one node: when each was opened, in ms since 1970. */
export interface Opened {
  readonly node: string;
  readonly times: readonly number[];
}

/**
 * How many sockets each node has to close so that a user keeps `limit` at most: the oldest of all.
 * @returns by node, without those that close none
 */
export function tooMany(sockets: readonly Opened[], limit: number): Map<string, number> {
  const all = sockets.flatMap(({ node, times }) => times.map((time) => ({ node, time })));
  all.sort((a, b) => a.time - b.time);
  const counts = new Map<string, number>();
  for (const { node } of all.slice(0, Math.max(0, all.length - limit))) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}
