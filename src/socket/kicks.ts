/**
 * Sockets that an administrator closes. Kicks that this node did not hear of are in the audit table. Sockets that were open
 * then are found by how long ago both were, each by its own clock, so that no two clocks need to agree.
 */
import type { Logger } from "pino";
import type { Subscriber } from "../delivery/subscriber.ts";
import { CLOSE } from "../protocol/codes.ts";
import type { Kick } from "../store/audit.ts";
import type { Socket } from "./connection.ts";

/** What a look covers beside the time since the last one, in seconds: kicks are written a moment before they are seen. */
const OVERLAP_SECONDS = 60;
/** What a client is told to wait; it adds jitter of its own. */
const RETRY_AFTER_MS = 1000;

/** Where kicks are written down. */
export interface KickLog {
  /** @throws StoreUnavailable */
  kicks(seconds: number): Promise<readonly Kick[]>;
}

export class Kicks {
  readonly #written: KickLog;
  readonly #socketsOf: (uid: number) => readonly Subscriber[];
  readonly #log: Logger;
  #lookedMs = performance.now();

  /** @param socketsOf a user's open sockets here */
  constructor(written: KickLog, socketsOf: (uid: number) => readonly Subscriber[], log: Logger) {
    this.#written = written;
    this.#socketsOf = socketsOf;
    this.#log = log;
  }

  /** Closes a user's sockets here that have been open for longer than so many ms. */
  close(uid: number, forMs = 0): void {
    const nowMs = performance.timeOrigin + performance.now();
    for (const { outlet, openedAt } of this.#socketsOf(uid)) {
      if (nowMs - openedAt < forMs) continue;
      (outlet as Socket).data.close(CLOSE.tryAgainLater, "closed by an administrator", RETRY_AFTER_MS);
    }
  }

  /** Closes what was open when its user was kicked unheard. Where the database is away, it is for the next time. */
  async makeUp(): Promise<void> {
    const startedMs = performance.now();
    let kicked: readonly Kick[];
    try {
      kicked = await this.#written.kicks((startedMs - this.#lookedMs) / 1000 + OVERLAP_SECONDS);
    } catch (error) {
      this.#log.warn({ reason: error instanceof Error ? error.message : "unknown" }, "cannot look who was kicked");
      return;
    }
    this.#lookedMs = startedMs;
    for (const { uid, agoMs } of kicked) this.close(uid, agoMs);
  }
}
