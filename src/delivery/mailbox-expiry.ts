import type { Logger } from "pino";
import type { Mailboxes } from "../store/mailbox.ts";

const EVERY_MS = 10 * 60_000;

/** Deletes, now and then, the frames that have waited longer than they may. */
export class MailboxExpiry {
  readonly #timer;

  constructor(store: Mailboxes, log: Logger) {
    this.#timer = setInterval(() => {
      store.expire().then(
        (frames) => frames > 0 && log.info({ frames }, "frames waited too long and were deleted"),
        (error) =>
          log.warn({ reason: error instanceof Error ? error.message : "unknown" }, "expiry of mailboxes failed"),
      );
    }, EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
