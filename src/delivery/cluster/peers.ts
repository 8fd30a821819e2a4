/** A node that has said nothing for this long counts as dead, in ms. */
const SILENT_MS = 5000;
/** How often each node gives its peers a sign of life, in ms. */
const BEAT_MS = 1000;

/** The nodes that this one has to do with, and whether they still live. */
export class Peers {
  readonly #heardMs = new Map<string, number>();
  readonly #beat: (nodes: readonly string[]) => void;
  readonly #silent: (node: string) => void;
  #tickedMs = performance.now();
  readonly #timer = setInterval(() => this.#tick(), BEAT_MS).unref();

  /**
   * @param beat sends these nodes a sign of life
   * @param silent a node counts as dead
   */
  constructor(beat: (nodes: readonly string[]) => void, silent: (node: string) => void) {
    this.#beat = beat;
    this.#silent = silent;
  }

  get size(): number {
    return this.#heardMs.size;
  }

  heard(node: string): void {
    this.#heardMs.set(node, performance.now());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    // Held up itself, this node has not read yet what the others said meanwhile.
    const heldUpMs = now - this.#tickedMs - BEAT_MS;
    this.#tickedMs = now;
    for (const [node, heardMs] of this.#heardMs) {
      if (heldUpMs > BEAT_MS) this.heard(node);
      else if (now - heardMs > SILENT_MS) {
        this.#heardMs.delete(node);
        this.#silent(node);
      }
    }
    this.#beat([...this.#heardMs.keys()]);
  }
}
