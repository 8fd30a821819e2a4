import { MAX_WATCHED } from "../protocol/messages.ts";
import type { Recipient } from "./recipient.ts";
import type { Subscriber } from "./subscriber.ts";

/** Where users are, as far as presence needs to know. */
export interface Whereabouts {
  isHere(uid: number): boolean;
  /** `Presence.elsewhere` is told from now on when the user comes to another node, or may have left one. */
  watch(uid: number): void;
  unwatch(uid: number): void;
  /** Asks the other nodes; `Presence.elsewhere` is told the answer. False where there is nobody to ask. */
  ask(uid: number): boolean;
}

/** One whom a user has blocked is told once that the user is offline, and nothing of what follows. */
const isBlocked = ({ recipient }: Subscriber, uid: number): boolean => recipient.blockers.has(uid);

interface Watched {
  readonly watchers: Set<Subscriber>;
  /** What the watchers were told; undefined until the other nodes have answered. */
  online: boolean | undefined;
}

/** Who watches whom come and go. */
export class Presence {
  readonly #where: Whereabouts;
  readonly #tell: (subscriber: Subscriber, uid: number, online: boolean) => void;
  readonly #byUid = new Map<number, Watched>();
  readonly #watched = new Map<Subscriber, Set<number>>();

  constructor(where: Whereabouts, tell: (subscriber: Subscriber, uid: number, online: boolean) => void) {
    this.#where = where;
    this.#tell = tell;
  }

  /** Starts watching, and tells at once how each stands. False, and nothing done, where that would be too many. */
  watch(subscriber: Subscriber, uids: readonly number[]): boolean {
    const watched = this.#watched.get(subscriber) ?? new Set<number>();
    if (new Set([...watched, ...uids]).size > MAX_WATCHED) return false;
    this.#watched.set(subscriber, watched);
    for (const uid of uids) {
      watched.add(uid);
      this.#entry(uid).watchers.add(subscriber);
      const { online } = this.#entry(uid);
      if (online !== undefined) this.#tell(subscriber, uid, online && !isBlocked(subscriber, uid));
    }
    return true;
  }

  unwatch(subscriber: Subscriber, uids: Iterable<number>): void {
    const watched = this.#watched.get(subscriber);
    for (const uid of uids) {
      watched?.delete(uid);
      const entry = this.#byUid.get(uid);
      entry?.watchers.delete(subscriber);
      if (entry?.watchers.size !== 0) continue;
      this.#byUid.delete(uid);
      this.#where.unwatch(uid);
    }
    if (watched?.size === 0) this.#watched.delete(subscriber);
  }

  /** The socket is gone. */
  forget(subscriber: Subscriber): void {
    const watched = this.#watched.get(subscriber);
    if (watched !== undefined) this.unwatch(subscriber, [...watched]);
  }

  /** The user's first socket here opened, or the last one ended. */
  here(uid: number, online: boolean): void {
    const entry = this.#byUid.get(uid);
    if (entry !== undefined && (online || !this.#where.ask(uid))) this.#learned(uid, entry, online);
  }

  /** What other nodes say. A user who is here is online whatever they say. */
  elsewhere(uid: number, online: boolean): void {
    const entry = this.#byUid.get(uid);
    if (entry !== undefined) this.#learned(uid, entry, online || this.#where.isHere(uid));
  }

  /** What other nodes said may be wrong by now: asks again. Where nobody can be asked, nobody else is online. */
  askAgain(): void {
    for (const [uid, entry] of this.#byUid) {
      if (this.#where.isHere(uid) || this.#where.ask(uid)) continue;
      this.#learned(uid, entry, false);
    }
  }

  /** These have blocked the watcher, who no longer sees them, or do so no longer. */
  blocked({ subscribers, blockers }: Recipient, uids: readonly number[]): void {
    for (const subscriber of subscribers) {
      const watched = this.#watched.get(subscriber);
      for (const uid of uids) {
        const isSeen = watched?.has(uid) && this.#byUid.get(uid)?.online;
        if (isSeen) this.#tell(subscriber, uid, !blockers.has(uid));
      }
    }
  }

  #entry(uid: number): Watched {
    const known = this.#byUid.get(uid);
    if (known !== undefined) return known;
    const entry: Watched = { watchers: new Set(), online: undefined };
    this.#byUid.set(uid, entry);
    this.#where.watch(uid);
    if (this.#where.isHere(uid)) entry.online = true;
    else if (!this.#where.ask(uid)) entry.online = false;
    return entry;
  }

  #learned(uid: number, entry: Watched, online: boolean): void {
    if (entry.online === online) return;
    const isFirst = entry.online === undefined;
    entry.online = online;
    for (const subscriber of entry.watchers) {
      if (!isBlocked(subscriber, uid)) this.#tell(subscriber, uid, online);
      else if (isFirst) this.#tell(subscriber, uid, false);
    }
  }
}
