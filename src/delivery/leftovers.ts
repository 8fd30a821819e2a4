/** A collection is due after so many bytes. */
const COLLECTED_BYTES = 32 * 1024 * 1024;
/** No collection sooner than this after the one before, in ms, nor than so many times what that one took, */
const PAUSE_MS = 500;
const REST = 9;
/** unless so many bytes have come together: large frames fill a gigabyte while a busy machine rests. */
const LIMIT_BYTES = 2 * COLLECTED_BYTES;

/**
 * Has memory given back that frames took on their way to a mailbox and from there. They waited long enough to count as old:
 * by itself the engine looks at old objects again only when the heap has doubled, and a server with stalled clients then
 * holds as much garbage as it holds frames. A collection takes some 20 ms here, half a second with a million frames held.
 */
export class Leftovers {
  #bytes = 0;
  #nextMs = 0;

  /** Frames of so many bytes in all are no longer held. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < COLLECTED_BYTES) return;
    const started = performance.now();
    if (started < this.#nextMs && this.#bytes < LIMIT_BYTES) return;
    this.#bytes = 0;
    Bun.gc(true);
    const ended = performance.now();
    this.#nextMs = ended + Math.max(PAUSE_MS, REST * (ended - started));
  }
}
