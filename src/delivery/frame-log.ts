const FIRST_CAPACITY = 8;
/** An empty log lets go of an array longer than this; below it, growing again would cost more than the memory. */
const KEPT_CAPACITY = 1024;

/**
 * What holding a frame costs beside its bytes: the received `Buffer`, its `ArrayBuffer` and the slot. Counted, so that a
 * flood of tiny frames meets the same bound as a few large ones.
 */
export const HOLDING_COST_BYTES = 200;

/** What a log without a frame has: one for all, since most sockets are idle. Never written to, for its length is 0. */
const NO_SLOTS: (Buffer | undefined)[] = [];
const NO_COSTS = new Int32Array(0);

/** Bytes of frames held in memory by all logs together. */
export interface Held {
  bytes: number;
}

/**
 * The frames of one recipient that nobody has confirmed, by reference, in the order accepted. Frames have sequence numbers
 * that only grow; the log holds `[base, end)`. A circular array that doubles when full: push and drop cost O(1) a frame.
 */
export class FrameLog {
  readonly #held: Held;
  #slots = NO_SLOTS;
  /** Costs beside the frames: a held frame has long left the processor's caches when it is dropped. */
  #costs = NO_COSTS;
  #mask = -1;
  base = 0;
  end = 0;
  /** Bytes held here, `HOLDING_COST_BYTES` a frame included. */
  bytes = 0;

  constructor(held: Held) {
    this.#held = held;
  }

  push(frame: Buffer): void {
    if (this.end - this.base > this.#mask) this.#grow();
    const slot = this.end & this.#mask;
    const cost = frame.length + HOLDING_COST_BYTES;
    this.#slots[slot] = frame;
    this.#costs[slot] = cost;
    this.end++;
    this.bytes += cost;
    this.#held.bytes += cost;
  }

  /** The frame with sequence number `seq`, which must be in `[base, end)`. */
  at(seq: number): Buffer {
    return this.#slots[seq & this.#mask]!;
  }

  /** Lets go of every frame before `seq`. */
  dropBefore(seq: number): void {
    let freed = 0;
    for (; this.base < seq; this.base++) {
      const slot = this.base & this.#mask;
      freed += this.#costs[slot]!;
      this.#slots[slot] = undefined;
    }
    this.bytes -= freed;
    this.#held.bytes -= freed;
    if (this.base === this.end && this.#slots.length > KEPT_CAPACITY) {
      this.#slots = NO_SLOTS;
      this.#costs = NO_COSTS;
      this.#mask = -1;
    }
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#slots.length * 2);
    const slots = new Array<Buffer | undefined>(capacity).fill(undefined);
    const costs = new Int32Array(capacity);
    for (let seq = this.base; seq < this.end; seq++) {
      slots[seq & (capacity - 1)] = this.at(seq);
      costs[seq & (capacity - 1)] = this.#costs[seq & this.#mask]!;
    }
    this.#slots = slots;
    this.#costs = costs;
    this.#mask = capacity - 1;
  }
}

/** The log of a recipient that nothing was ever held for. */
export const EMPTY_LOG = new FrameLog({ bytes: 0 });
