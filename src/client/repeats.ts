/**
 * Remembers the last frames that came, by sender and message id, so that one that the server repeats after a failure is
 * not seen twice. Message id 0 names no frame, so such frames are never taken for repeats.
 */
export class Repeats {
  readonly #seen = new Set<string>();

  /** @param most frames remembered */
  constructor(readonly most: number) {}

  /** Whether it came before; if not, it is remembered. */
  isRepeat(uid: number, msgId: bigint): boolean {
    if (msgId === 0n) return false;
    const key = `${uid}:${msgId}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    // A Set keeps the order of insertion: the first is the oldest.
    if (this.#seen.size > this.most) this.#seen.delete(this.#seen.values().next().value!);
    return false;
  }
}
