import type { Calls } from "./calls.ts";
import { PolygeError } from "./errors.ts";
import { refresh, type Session } from "./session.ts";

/** Before a refresh that got no answer is tried again, in ms. */
const AGAIN_MS = 60_000;
/** Timers count in 32 bits. */
const LONGEST_MS = 2 ** 31 - 1;

export interface RenewalEvents {
  renewed(session: Session): void;
  /** The server does not know the token: `bad_token`. */
  refused(error: PolygeError): void;
}

/** Keeps a token alive: exchanges it for a new one long before it expires. Open sockets stay open. */
export class Renewal {
  readonly #calls: Calls;
  readonly #everyMs: number;
  readonly #events: RenewalEvents;
  #session: Session;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underWay: Promise<void> | undefined;
  #stopped = false;

  constructor(calls: Calls, session: Session, everyMs: number, events: RenewalEvents) {
    this.#calls = calls;
    this.#session = session;
    this.#everyMs = everyMs;
    this.#events = events;
  }

  get session(): Session {
    return this.#session;
  }

  /** Whether the token is older than it should get. */
  get due(): boolean {
    return Date.now() - this.#session.issuedMs >= this.#everyMs;
  }

  start(): void {
    const left = this.#session.issuedMs + this.#everyMs - Date.now();
    this.#schedule(Math.max(0, left));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Resolves when the server has answered, or has not. One at a time: the second joins the first. */
  renew(): Promise<void> {
    this.#underWay ??= this.#renew().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #renew(): Promise<void> {
    try {
      this.#session = await refresh(this.#calls, this.#session);
      if (this.#stopped) return;
      this.#events.renewed(this.#session);
      this.#schedule(this.#everyMs);
    } catch (error) {
      if (!(error instanceof PolygeError)) throw error;
      if (this.#stopped) return;
      if (error.code === "bad_token") this.#events.refused(error);
      else this.#schedule(Math.max(AGAIN_MS, error.retryAfterMs));
    }
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.renew(), Math.min(ms, LONGEST_MS));
  }
}
