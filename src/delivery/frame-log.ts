/** A log lets go of an array longer than this; below it, growing again would cost more than the memory. */
const KEPT_CAPACITY = 1024;

/**
 * What holding a frame costs beside its bytes: the received `Buffer`, its `ArrayBuffer` and the slot. Counted, so that a
 * flood of tiny frames meets the same bound as a few large ones.
 */
export const HOLDING_COST_BYTES = 200;

/** What a log without a frame has: one for all, since most sockets are idle. Never written to. */
const NO_FRAMES: (Buffer | undefined)[] = [];

/** What a held frame counts, in bytes. */
export const costOf = ({ length }: Buffer) => length + HOLDING_COST_BYTES;

/** Bytes of frames held in memory by all logs together, as far as each has counted its own. */
export interface Held {
  bytes: number;
}

/**
 * The frames of one recipient that nobody has confirmed, by reference, in the order accepted. Frames have sequence numbers
 * that only grow; the log holds `[base, end)`. What is left moves to the array's front once it is the smaller part: push and
 * drop cost O(1) a frame, and the same few lines of memory serve again and again. Bytes are counted when somebody asks for
 * them: the relay does once in a turn of the loop for all that came for a recipient, and not for each frame.
 */
export class FrameLog {
  readonly #held: Held;
  #frames = NO_FRAMES;
  /** The sequence number of the array's first place. */
  #first = 0;
  base = 0;
  /** Bytes of the frames before `#countedTo` that are held here. */
  #counted = 0;
  #countedTo = 0;
  /** Bytes of all frames ever dropped, and of all before the mark. */
  #dropped = 0;
  #marked = 0;
  #mark = 0;

  constructor(held: Held) {
    this.#held = held;
  }

  push(frame: Buffer): void {
    if (this.#frames === NO_FRAMES) this.#frames = [];
    this.#frames.push(frame);
  }

  get length(): number {
    return this.#frames.length;
  }

  /** For `Flush`: reads of each frame that is not counted yet. */
  fetch(): number {
    let sum = 0;
    for (let at = this.#countedTo - this.#first; at < this.#frames.length; at++) sum += this.#frames[at]![0]!;
    return sum;
  }

  get end(): number {
    return this.#first + this.#frames.length;
  }

  /** Bytes held here, `HOLDING_COST_BYTES` a frame included. */
  get bytes(): number {
    this.count();
    return this.#counted;
  }

  /** Adds what was pushed since the last time to the sum of all logs. */
  count(): void {
    const { end } = this;
    if (this.#countedTo === end) return;
    let bytes = 0;
    for (let seq = this.#countedTo; seq < end; seq++) bytes += costOf(this.at(seq));
    this.#countedTo = end;
    this.#counted += bytes;
    this.#held.bytes += bytes;
  }

  /** The frame with sequence number `seq`, which must be in `[base, end)`. */
  at(seq: number): Buffer {
    return this.#frames[seq - this.#first]!;
  }

  /**
   * Notes the bytes up to here. Dropped up to a mark, frames need not be asked for their lengths: they have long left the
   * processor's caches by then.
   */
  mark(): void {
    this.#mark = this.end;
    this.#marked = this.#dropped + this.bytes;
  }

  /** Lets go of every frame before `seq`. */
  dropBefore(seq: number): void {
    if (seq <= this.base) return;
    const freed = this.#bytesBefore(seq);
    this.#counted -= freed;
    this.#held.bytes -= freed;
    this.#dropped += freed;
    const gone = seq - this.#first;
    const left = this.end - seq;
    if (left > gone) this.#frames.fill(undefined, this.base - this.#first, gone);
    else this.#moveUp(gone, left);
    this.base = seq;
  }

  #bytesBefore(seq: number): number {
    const all = this.bytes;
    if (seq === this.end) return all;
    if (seq === this.#mark) return this.#marked - this.#dropped;
    let bytes = 0;
    for (let each = this.base; each < seq; each++) bytes += costOf(this.at(each));
    return bytes;
  }

  #moveUp(gone: number, left: number): void {
    const frames = this.#frames;
    this.#first += gone;
    if (frames.length > KEPT_CAPACITY) {
      this.#frames = left === 0 ? NO_FRAMES : frames.slice(gone);
      return;
    }
    for (let at = 0; at < left; at++) frames[at] = frames[gone + at];
    frames.length = left;
  }
}

/** The log of a recipient that nothing was ever held for. */
export const EMPTY_LOG = new FrameLog({ bytes: 0 });
