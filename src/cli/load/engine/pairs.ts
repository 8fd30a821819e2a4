/**
 * Pairs off `count` sockets at random.
 * @param count even
 * @returns each socket's peer, by index
 */
export function randomPairs(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  const peers = new Uint32Array(count);
  for (let at = 0; at < count; at += 2) {
    peers[order[at]!] = order[at + 1]!;
    peers[order[at + 1]!] = order[at]!;
  }
  return peers;
}
