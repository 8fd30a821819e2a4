/** A collection is due after so many bytes. */
const COLLECTED_BYTES = 32 * 1024 * 1024;
/** No collection sooner than this after the one before, in ms. */
const PAUSE_MS = 500;

/**
 * Has memory given back that frames took on their way to a mailbox and from there. They waited long enough to count as old:
 * by itself the engine looks at old objects again only when the heap has doubled, and a server with stalled clients then
 * holds as much garbage as it holds frames. A collection takes some 20 ms here, once for tens of thousands of frames.
 */
export class Leftovers {
  #bytes = 0;
  #collectedMs = 0;

  /** Frames of so many bytes in all are no longer held. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < COLLECTED_BYTES) return;
    const now = performance.now();
    if (now - this.#collectedMs < PAUSE_MS) return;
    this.#bytes = 0;
    this.#collectedMs = now;
    Bun.gc(true);
  }
}
