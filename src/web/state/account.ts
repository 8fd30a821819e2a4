/** Who is logged in, and the connection that stays while the page is open. */
import { signal } from "@preact/signals";
import { type Connection, type Polyge, PolygeError, type Session } from "../../client/index.ts";
import type { Logins } from "./logins.ts";
import type { Saved } from "./saved.ts";

export type LinkState = "connecting" | "online" | "waiting" | "ended";

/** A page is looked at, so it comes back sooner than a program would. */
const RETRY = { firstMs: 500, mostMs: 8000 };

export class Account {
  readonly uid: number;
  readonly session: ReturnType<typeof signal<Session>>;
  readonly link = signal<LinkState>("connecting");
  readonly #server: Polyge;
  readonly #logins: Logins;
  readonly #ended: (error: PolygeError) => void;
  #stop = new AbortController();
  #connection: Connection | undefined;

  constructor(server: Polyge, _saved: Saved, logins: Logins, session: Session, ended: (error: PolygeError) => void) {
    this.uid = session.uid;
    this.session = signal(session);
    this.#server = server;
    this.#logins = logins;
    this.#ended = ended;
    void this.#connect();
  }

  get current(): Session {
    return this.session.value!;
  }

  /** Another page of this browser has exchanged the token. */
  adopt(session: Session): void {
    this.session.value = session;
    // With the old token this page's connection has ended, or will by its next attempt.
    if (this.link.value === "ended") void this.#connect();
  }

  async logout(): Promise<void> {
    await this.#server.logout(this.current);
  }

  close(): void {
    this.#stop.abort();
    this.#connection?.close();
  }

  async #connect(): Promise<void> {
    this.#stop = new AbortController();
    this.link.value = "connecting";
    try {
      const connection = await this.#server.connect(this.current, { signal: this.#stop.signal, retry: RETRY });
      this.#connection = connection;
      this.link.value = "online";
      connection.on("state", (state) => {
        if (state === "v2" || state === "plain") this.link.value = "online";
        else if (state === "waiting") this.link.value = "waiting";
      });
      connection.on("session", (session) => {
        this.session.value = session;
        this.#logins.keep(session);
      });
      connection.on("closed", (error) => this.#over(error));
    } catch (error) {
      if (!(error instanceof PolygeError)) throw error;
      this.#over(error);
    }
  }

  #over(error: PolygeError | undefined): void {
    this.link.value = "ended";
    if (!error || this.#stop.signal.aborted) return;
    // A token has one holder: another page of this browser may have exchanged it.
    const kept = this.#logins.kept;
    if (kept?.uid === this.uid && kept.token !== this.current.token) return this.adopt(kept);
    this.#ended(error);
  }
}
