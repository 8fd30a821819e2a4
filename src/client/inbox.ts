import { throwUncaught } from "./emitter.ts";
import type { PolygeError } from "./errors.ts";
import type { Message } from "./message.ts";

/** A frame as it came. `message` is undefined for a repeat, which only waits for its turn to be confirmed. */
export interface Arrival {
  readonly message: Message | undefined;
  /** Tells the socket that this frame has been processed, and so all before it. */
  processed(): void;
}

export interface InboxEvents {
  /** As many messages wait as may. */
  full(): void;
  /**
   * All of them are processed. No sooner: the next socket repeats everything that the last one could not confirm any more,
   * and repeats behind unprocessed messages could not be confirmed either, so it would bring little new, for ever.
   */
  room(): void;
}

export type Handler = (message: Message) => void | Promise<void>;

/**
 * Messages that came and were not processed yet, oldest first. They go to handlers, one after the other, or to one iterator.
 * A message is processed when its handlers have returned (their promises have resolved), or when the iterator is asked for
 * the next one; only then is it confirmed, so what an application that dies had not processed comes again.
 */
export class Inbox {
  readonly #events: InboxEvents;
  readonly #most: number;
  readonly #handlers = new Set<Handler>();
  #waiting: Arrival[] = [];
  #next = 0;
  #running = false;
  #isFull = false;
  #end: { readonly error: PolygeError | undefined } | undefined;
  #wakeIterator: (() => void) | undefined;
  #iterating = false;

  /** @param most messages that may wait */
  constructor(most: number, events: InboxEvents) {
    this.#most = most;
    this.#events = events;
  }

  get size(): number {
    return this.#waiting.length - this.#next;
  }

  put(arrival: Arrival): void {
    // Of repeats in a row the latest confirms all, so however many come, they take no room.
    const last = this.size > 0 ? this.#waiting.at(-1) : undefined;
    if (last && last.message === undefined && arrival.message === undefined) this.#waiting.pop();
    this.#waiting.push(arrival);
    if (!this.#isFull && this.size >= this.#most) {
      this.#isFull = true;
      this.#events.full();
    }
    this.#wake();
  }

  /**
   * Nothing more will come.
   * @param error what the iterator throws then
   * @param comesAgain what waits is not confirmed, so it is dropped here; else it can still be taken
   */
  end(error: PolygeError | undefined, comesAgain: boolean): void {
    this.#end = { error };
    if (comesAgain) this.#waiting = this.#waiting.slice(0, this.#next);
    this.#wake();
  }

  handle(handler: Handler): () => void {
    this.#handlers.add(handler);
    this.#wake();
    return () => void this.#handlers.delete(handler);
  }

  /** Whether messages are spoken for already. */
  get taken(): boolean {
    return this.#iterating || this.#handlers.size > 0;
  }

  async *messages(): AsyncGenerator<Message, void, void> {
    this.#iterating = true;
    try {
      for (;;) {
        const arrival = this.#take();
        if (arrival !== undefined) {
          try {
            yield arrival.message!;
          } finally {
            arrival.processed();
          }
        } else if (this.#end !== undefined) {
          if (this.#end.error) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeIterator = resolve;
          });
        }
      }
    } finally {
      this.#iterating = false;
    }
  }

  #wake(): void {
    if (this.#handlers.size > 0) void this.#run();
    else if (!this.#iterating) this.#skipRepeats();
    this.#wakeIterator?.();
  }

  /** Handlers that return nothing are run through in one go; a promise is waited for. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let arrival = this.#takeHandled(); arrival !== undefined; arrival = this.#takeHandled()) {
      for (const handler of [...this.#handlers]) {
        try {
          const pending = handler(arrival.message!);
          if (pending !== undefined) await pending;
        } catch (error) {
          throwUncaught(error);
        }
      }
      arrival.processed();
    }
    this.#running = false;
  }

  #takeHandled(): Arrival | undefined {
    return this.#handlers.size > 0 ? this.#take() : undefined;
  }

  #skipRepeats(): void {
    while (this.size > 0 && this.#waiting[this.#next]!.message === undefined) this.#waiting[this.#next++]!.processed();
  }

  #take(): Arrival | undefined {
    this.#skipRepeats();
    const arrival = this.size > 0 ? this.#waiting[this.#next++] : undefined;
    if (this.#next >= 1024 || this.size === 0) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (this.#isFull && arrival === undefined) {
      this.#isFull = false;
      this.#events.room();
    }
    return arrival;
  }
}
