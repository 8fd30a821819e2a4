const FIRST_CAPACITY = 8;
/** An empty log lets go of an array longer than this; below it, growing again would cost more than the memory. */
const KEPT_CAPACITY = 1024;

/**
 * What holding a frame costs beside its bytes: the received `Buffer`, its `ArrayBuffer` and the slot. Counted, so that a
 * flood of tiny frames meets the same bound as a few large ones.
 */
export const HOLDING_COST_BYTES = 200;

/** What a log without a frame has: one for all, since most sockets are idle. Never written to, for its length is 0. */
const NO_SLOTS: Slots = [];

/** At `2 * i` a frame, at `2 * i + 1` its cost: a held frame has long left the processor's caches when it is dropped. */
type Slots = (Buffer | number | undefined)[];

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
    const slot = 2 * (this.end & this.#mask);
    const cost = frame.length + HOLDING_COST_BYTES;
    this.#slots[slot] = frame;
    this.#slots[slot + 1] = cost;
    this.end++;
    this.bytes += cost;
    this.#held.bytes += cost;
  }

  /** The frame with sequence number `seq`, which must be in `[base, end)`. */
  at(seq: number): Buffer {
    return this.#slots[2 * (seq & this.#mask)] as Buffer;
  }

  /** The bytes of that frame, from beside it. */
  sizeOf(seq: number): number {
    return (this.#slots[2 * (seq & this.#mask) + 1] as number) - HOLDING_COST_BYTES;
  }

  /** Lets go of every frame before `seq`. */
  dropBefore(seq: number): void {
    let freed = 0;
    for (; this.base < seq; this.base++) {
      const slot = 2 * (this.base & this.#mask);
      freed += this.#slots[slot + 1] as number;
      this.#slots[slot] = undefined;
    }
    this.bytes -= freed;
    this.#held.bytes -= freed;
    if (this.base === this.end && this.#mask >= KEPT_CAPACITY) {
      this.#slots = NO_SLOTS;
      this.#mask = -1;
    }
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 * (this.#mask + 1));
    const slots: Slots = new Array(2 * capacity).fill(undefined);
    for (let seq = this.base; seq < this.end; seq++) {
      const from = 2 * (seq & this.#mask);
      const to = 2 * (seq & (capacity - 1));
      slots[to] = this.#slots[from];
      slots[to + 1] = this.#slots[from + 1];
    }
    this.#slots = slots;
    this.#mask = capacity - 1;
  }
}

/** The log of a recipient that nothing was ever held for. */
export const EMPTY_LOG = new FrameLog({ bytes: 0 });
