import type { Recipient } from "../recipient.ts";

/**
 * The frames of one route of another node that wait here for a client's confirmation. That node answers for them; this
 * one only tells it how far they are confirmed.
 */
export class Arrival {
  /** Sequence number, on the route, of the next frame. */
  expected: number;
  /** On the route: every frame before this is confirmed by a client here. */
  answered: number;
  /** It waits for the next batch of answers. */
  due = false;
  /** Where the unconfirmed ones stand in the recipient's log, in order. */
  readonly #places: number[] = [];

  constructor(
    readonly recipient: Recipient,
    readonly node: string,
    readonly route: number,
    from: number,
  ) {
    this.expected = from;
    this.answered = from;
  }

  get key(): string {
    return keyOf(this.node, this.route);
  }

  /** Frames not confirmed yet. */
  get unconfirmed(): number {
    return this.#places.length;
  }

  get places(): readonly number[] {
    return this.#places;
  }

  /** The next frame stands at `place` in the recipient's log. */
  hold(place: number): void {
    this.expected++;
    this.#places.push(place);
  }

  /** The recipient's log is confirmed up to `end`. @returns whether that is news for the route's node */
  confirm(end: number): boolean {
    let count = 0;
    while (count < this.#places.length && this.#places[count]! < end) count++;
    if (count === 0) return false;
    this.#places.splice(0, count);
    this.answered += count;
    return true;
  }
}

export const keyOf = (node: string, route: number): string => `${node}.${route}`;
