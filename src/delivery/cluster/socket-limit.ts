/** One user's sockets on one node: when each was opened, in ms since 1970. */
export interface Opened {
  readonly node: string;
  readonly times: readonly number[];
}

/**
 * Which sockets are to be closed so that a user keeps `limit` at most: the oldest of all. Said by time rather than by number,
 * so that saying it twice closes nothing more.
 * @returns by node, the time up to which its sockets are to be closed; without those that close none
 */
export function tooMany(sockets: readonly Opened[], limit: number): Map<string, number> {
  const all = sockets.flatMap(({ node, times }) => times.map((time) => ({ node, time })));
  all.sort((a, b) => a.time - b.time);
  return new Map(all.slice(0, Math.max(0, all.length - limit)).map(({ node, time }) => [node, time]));
}
