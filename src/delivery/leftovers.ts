/** A collection is due after so many bytes. */
const DUE_BYTES = 8 * 1024 * 1024;
/** No collection sooner than this after the one before, in ms, nor than so many times what that one took. */
const PAUSE_MS = 100;
const REST = 4;

/**
 * Has memory given back that frames took on their way to a mailbox and from there. They waited long enough to count as old:
 * by itself the engine looks at old objects again only when the heap has doubled, and a server with stalled clients then
 * holds as much garbage as it holds frames. A collection takes some 20 ms here, half a second with a million frames held.
 */
export class Leftovers {
  #bytes = 0;
  #endedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;

  /** Frames of so many bytes in all are no longer held. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < DUE_BYTES) return;
    const started = performance.now();
    if (started < this.#endedMs + Math.max(PAUSE_MS, REST * this.#tookMs)) return;
    this.#bytes = 0;
    Bun.gc(true);
    this.#endedMs = performance.now();
    this.#tookMs = this.#endedMs - started;
  }
}
