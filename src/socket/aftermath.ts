/** How often it looks whether it is quiet, in ms. */
const INTERVAL_MS = 1000;
/** Openings and frames in one interval, at most, while it is quiet. */
const QUIET_OPENINGS = 20;
const QUIET_FRAMES = 200;
/** So many openings leave some megabytes behind. */
const BURST = 1000;
/** With more sockets a collection takes longer: a burst is then this share of them at least. */
const BURST_SHARE = 0.1;

/**
 * Gives back what a burst of openings left behind, once it is quiet. The engine collects when there are some 32 MB of garbage,
 * and of what a storm of reconnects used up to 800 bytes for each of 20,000 sockets would stay with the process. It takes
 * about 1 ms for a thousand sockets, in which no frame is relayed; `Bun.gc(false)`, which goes on beside the relay, gave
 * nothing back in most runs.
 */
export class Aftermath {
  readonly #sockets: () => number;
  readonly #relayed: () => number;
  /** Openings since the last collection, and those of this interval. */
  #opened = 0;
  #lately = 0;
  #relayedBefore = 0;
  readonly #timer = setInterval(() => this.#look(), INTERVAL_MS).unref();

  /**
   * @param sockets that are open
   * @param relayed frames relayed since the start
   */
  constructor(sockets: () => number, relayed: () => number) {
    this.#sockets = sockets;
    this.#relayed = relayed;
  }

  /** A socket opened. */
  opened(): void {
    this.#opened++;
    this.#lately++;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const relayed = this.#relayed();
    const quiet = this.#lately <= QUIET_OPENINGS && relayed - this.#relayedBefore <= QUIET_FRAMES;
    this.#lately = 0;
    this.#relayedBefore = relayed;
    if (!quiet || this.#opened < Math.max(BURST, this.#sockets() * BURST_SHARE)) return;
    this.#opened = 0;
    Bun.gc(true);
  }
}
