/**
 * Kicks that this node did not hear of: they are in the audit table. Sockets that were open then are found by how long ago
 * both were, each by its own clock, so that no two clocks need to agree.
 */
import type { Logger } from "pino";
import type { Subscriber } from "../delivery/subscriber.ts";
import type { Kick } from "../store/audit.ts";

/** What a look covers beside the time since the last one, in seconds: kicks are written a moment before they are seen. */
const OVERLAP_SECONDS = 60;

/** Where kicks are written down. */
export interface KickLog {
  /** @throws StoreUnavailable */
  kicks(seconds: number): Promise<readonly Kick[]>;
}

export class Kicks {
  readonly #kicks: KickLog;
  readonly #log: Logger;
  #lookedMs = performance.now();

  constructor(kicks: KickLog, log: Logger) {
    this.#kicks = kicks;
    this.#log = log;
  }

  /** Calls `close` for each of a user's sockets that was open when the user was kicked. Where the database is away, it is for the next time. */
  async makeUp(
    socketsOf: (uid: number) => readonly Subscriber[],
    close: (subscriber: Subscriber) => void,
  ): Promise<void> {
    const startedMs = performance.now();
    let kicked: readonly Kick[];
    try {
      kicked = await this.#kicks.kicks((startedMs - this.#lookedMs) / 1000 + OVERLAP_SECONDS);
    } catch (error) {
      this.#log.warn({ err: error }, "the database was not there to be asked who was kicked");
      return;
    }
    this.#lookedMs = startedMs;
    const nowMs = performance.timeOrigin + performance.now();
    for (const { uid, agoMs } of kicked) {
      for (const each of [...socketsOf(uid)]) if (nowMs - each.openedAt > agoMs) close(each);
    }
  }
}
