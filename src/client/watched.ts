import { MAX_WATCHED } from "../protocol/messages.ts";
import { PolygeError } from "./errors.ts";

/** One place is the heartbeat's. */
const MOST = MAX_WATCHED - 1;
/** uids of 16 digits in one message, so that it stays below 8 KiB. */
const AT_ONCE = 100;

/** Whose presence the application wants: kept here, since every new socket has to be asked again. */
export class Watched {
  readonly #uids = new Set<number>();

  has(uid: number): boolean {
    return this.#uids.has(uid);
  }

  /** @throws PolygeError `too_many` past 499 users, and nothing is added */
  add(uids: readonly number[]): void {
    if (new Set([...this.#uids, ...uids]).size > MOST)
      throw new PolygeError("too_many", `at most ${MOST} watched users`);
    for (const uid of uids) this.#uids.add(uid);
  }

  delete(uids: readonly number[]): void {
    for (const uid of uids) this.#uids.delete(uid);
  }

  get all(): number[] {
    return [...this.#uids];
  }
}

/** As many messages as it takes. */
export function inMessages(uids: readonly number[]): number[][] {
  const messages: number[][] = [];
  for (let at = 0; at < uids.length; at += AT_ONCE) messages.push(uids.slice(at, at + AT_ONCE));
  return messages;
}
