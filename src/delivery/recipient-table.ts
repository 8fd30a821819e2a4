import type { Recipient } from "./recipient.ts";

const FIRST_SLOTS_LOG2 = 4;
/** A multiplier whose product's high bits are well spread: 2^32 divided by the golden ratio (Knuth, TAOCP 6.4). */
const SPREAD = 0x9e37_79b1;
const TWO_32 = 0x1_0000_0000;

/**
 * Recipients by uid: a hash table with linear probing, at most three quarters full. A `Map` grows fourfold, and copies the
 * keys: with 20,000 people online it takes 171 bytes for each of them, and this 13.
 */
export class RecipientTable {
  #slots = emptySlots(FIRST_SLOTS_LOG2);
  #shift = 32 - FIRST_SLOTS_LOG2;
  size = 0;

  get(uid: number): Recipient | undefined {
    return this.#slots[this.#find(uid)];
  }

  /** Adds a recipient whose uid is not there yet. */
  add(recipient: Recipient): void {
    if (4 * (this.size + 1) > 3 * this.#slots.length) this.#resize(this.#shift - 1);
    this.#slots[this.#find(recipient.uid)] = recipient;
    this.size++;
  }

  /** Takes out one that is there. */
  delete({ uid }: Recipient): void {
    this.#vacate(this.#find(uid));
    this.size--;
    if (this.#shift < 32 - FIRST_SLOTS_LOG2 && 8 * this.size < this.#slots.length) this.#resize(this.#shift + 1);
  }

  /** In no order. Nobody may come or go meanwhile. */
  *[Symbol.iterator](): Iterator<Recipient> {
    for (const recipient of this.#slots) if (recipient !== undefined) yield recipient;
  }

  /** The slot that holds a uid, or that it would get. */
  #find(uid: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let at = this.#home(uid);
    for (;;) {
      const there = slots[at];
      if (there === undefined || there.uid === uid) return at;
      at = (at + 1) & last;
    }
  }

  /** The slot from which a uid is looked for. */
  #home(uid: number): number {
    return Math.imul(uid ^ (uid / TWO_32), SPREAD) >>> this.#shift;
  }

  /** Empties a slot, and moves up those behind it that would no longer be found past the gap. */
  #vacate(gap: number): void {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let at = (gap + 1) & last; ; at = (at + 1) & last) {
      const there = slots[at];
      if (there === undefined) break;
      if (((at - this.#home(there.uid)) & last) < ((at - gap) & last)) continue;
      slots[gap] = there;
      gap = at;
    }
    slots[gap] = undefined;
  }

  #resize(shift: number): void {
    const before = this.#slots;
    this.#shift = shift;
    this.#slots = emptySlots(32 - shift);
    for (const recipient of before) if (recipient !== undefined) this.#slots[this.#find(recipient.uid)] = recipient;
  }
}

const emptySlots = (log2: number) => new Array<Recipient | undefined>(2 ** log2).fill(undefined);
