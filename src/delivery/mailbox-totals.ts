import type { Mailboxes, MailboxSums } from "../store/mailbox.ts";

const LEAST_PAUSE_MS = 15_000;
/** The sums are read from every mailbox: with millions of them this keeps what it costs below a hundredth of a core. */
const PAUSE_FACTOR = 100;

/** What waits in all mailboxes together, as of lately: asked for when somebody wants to know, and answered at once. */
export class MailboxTotals {
  readonly #store: Mailboxes;
  #latest: MailboxSums | undefined;
  #nextMs = 0;

  constructor(store: Mailboxes) {
    this.#store = store;
  }

  /** undefined before the first answer, and while the database is away. Starts asking anew where the last one is old. */
  current(): MailboxSums | undefined {
    if (performance.now() >= this.#nextMs) void this.#refresh();
    return this.#latest;
  }

  async #refresh(): Promise<void> {
    const started = performance.now();
    this.#nextMs = Number.POSITIVE_INFINITY;
    // Whoever stores and reads frames says that the database is away.
    this.#latest = await this.#store.sums().catch(() => undefined);
    const ended = performance.now();
    this.#nextMs = ended + Math.max(LEAST_PAUSE_MS, (ended - started) * PAUSE_FACTOR);
  }
}
