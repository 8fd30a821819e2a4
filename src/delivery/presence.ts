import { MAX_WATCHED } from "../protocol/messages.ts";
import type { Subscriber } from "./subscriber.ts";

/** Who watches whom come and go. */
export class Presence {
  readonly #isOnline: (uid: number) => boolean;
  readonly #tell: (subscriber: Subscriber, uid: number, online: boolean) => void;
  readonly #watchers = new Map<number, Set<Subscriber>>();
  readonly #watched = new Map<Subscriber, Set<number>>();

  constructor(
    isOnline: (uid: number) => boolean,
    tell: (subscriber: Subscriber, uid: number, online: boolean) => void,
  ) {
    this.#isOnline = isOnline;
    this.#tell = tell;
  }

  /** Starts watching, and tells at once how each stands. False, and nothing done, where that would be too many. */
  watch(subscriber: Subscriber, uids: readonly number[]): boolean {
    const watched = this.#watched.get(subscriber) ?? new Set<number>();
    if (new Set([...watched, ...uids]).size > MAX_WATCHED) return false;
    this.#watched.set(subscriber, watched);
    for (const uid of uids) {
      watched.add(uid);
      const watchers = this.#watchers.get(uid) ?? new Set();
      this.#watchers.set(uid, watchers.add(subscriber));
      this.#tell(subscriber, uid, this.#isOnline(uid));
    }
    return true;
  }

  unwatch(subscriber: Subscriber, uids: Iterable<number>): void {
    const watched = this.#watched.get(subscriber);
    for (const uid of uids) {
      watched?.delete(uid);
      const watchers = this.#watchers.get(uid);
      watchers?.delete(subscriber);
      if (watchers?.size === 0) this.#watchers.delete(uid);
    }
    if (watched?.size === 0) this.#watched.delete(subscriber);
  }

  /** The socket is gone. */
  forget(subscriber: Subscriber): void {
    const watched = this.#watched.get(subscriber);
    if (watched !== undefined) this.unwatch(subscriber, [...watched]);
  }

  changed(uid: number, online: boolean): void {
    for (const subscriber of this.#watchers.get(uid) ?? []) this.#tell(subscriber, uid, online);
  }
}
