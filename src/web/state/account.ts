/** Who is logged in, the connection that stays while the page is open, and what belongs to this user. */
import { signal } from "@preact/signals";
import { type Connection, type OwnProfile, type Polyge, PolygeError, type Session } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";
import { Blocks } from "./blocks.ts";
import type { Entry } from "./entry.ts";
import { Finder } from "./finder.ts";
import type { Logins } from "./logins.ts";
import { People } from "./people.ts";
import { Presence } from "./presence.ts";
import type { Saved } from "./saved.ts";
import { Sender } from "./sender.ts";
import { Talks } from "./talks.ts";
import { Unsent } from "./unsent.ts";

export type LinkState = "connecting" | "online" | "waiting" | "ended";

export interface AccountEvents {
  /** The login is over, or this page was pushed out (`replaced`). */
  ended(error: PolygeError): void;
  /** A message of somebody else has come. */
  came(entry: Entry): void;
}

/** A page is looked at, so it comes back sooner than a program would. */
const RETRY = { firstMs: 500, mostMs: 8000 };

export class Account {
  readonly link = signal<LinkState>("connecting");
  /** One's own profile; undefined: not known yet. */
  readonly own = signal<OwnProfile | undefined>(undefined);
  readonly people: People;
  readonly presence = new Presence();
  readonly talks: Talks;
  readonly unsent: Unsent;
  readonly finder: Finder;
  readonly blocks: Blocks;
  readonly #server: Polyge;
  readonly #logins: Logins;
  readonly #events: AccountEvents;
  readonly #sender: Sender;
  #session: Session;
  #stop = new AbortController();
  #connection: Connection | undefined;
  #closed = false;

  constructor(server: Polyge, saved: Saved, logins: Logins, session: Session, events: AccountEvents) {
    this.#session = session;
    this.#server = server;
    this.#logins = logins;
    this.#events = events;
    this.people = new People(this.asUser);
    this.finder = new Finder(session.uid, this.asUser, this.people);
    this.blocks = new Blocks(this.asUser);
    this.unsent = new Unsent(saved, session.uid);
    this.#sender = new Sender(session.uid, this.unsent, this.asUser);
    this.talks = new Talks(session.uid, this.asUser, this.#sender, (entry) => {
      this.presence.stoppedTyping(entry.from);
      events.came(entry);
    });
    void this.#connect();
  }

  get uid(): number {
    return this.#session.uid;
  }

  get uname(): string {
    return this.#session.uname;
  }

  /** A screen that needs it goes on waiting where it does not come; the next one asks again. */
  async loadOwn(): Promise<void> {
    try {
      this.own.value = await this.asUser((server, session) => server.ownProfile(session));
    } catch (error) {
      if (!(error instanceof PolygeError)) throw error;
    }
  }

  /** Another page of this browser has exchanged the token. */
  adopt(session: Session): void {
    this.#session = session;
    // With the old token this page's connection has ended, or will by its next attempt.
    if (this.link.value === "ended") void this.#connect();
  }

  async logout(): Promise<void> {
    await this.#server.logout(this.#session);
  }

  /** For good: the page goes on without this user. */
  close(): void {
    this.#closed = true;
    this.#stop.abort();
    this.#connection?.close();
  }

  readonly asUser: AsUser = async (work) => {
    const { token } = this.#session;
    try {
      return await work(this.#server, this.#session);
    } catch (error) {
      if (!(error instanceof PolygeError) || error.code !== "bad_token" || this.#closed) throw error;
      // Exchanged while the call was under way, by this page or another.
      if (this.#session.token === token && !this.#adoptNewer()) this.#events.ended(error);
      return this.#closed ? Promise.reject(error) : work(this.#server, this.#session);
    }
  };

  async #connect(): Promise<void> {
    this.#stop = new AbortController();
    this.link.value = "connecting";
    try {
      const connection = await this.#server.connect(this.#session, { signal: this.#stop.signal, retry: RETRY });
      this.#use(connection);
    } catch (error) {
      if (!(error instanceof PolygeError)) throw error;
      this.#over(error);
    }
  }

  #use(connection: Connection): void {
    this.#connection = connection;
    connection.on("closed", (error) => this.#over(error));
    connection.on("session", (session) => {
      this.#session = session;
      this.#logins.keep(session);
    });
    connection.on("state", (state) => {
      if (state === "v2" || state === "plain") this.#opened();
      else if (state === "waiting") {
        this.link.value = "waiting";
        this.presence.lost();
      }
    });
    this.talks.attach(connection);
    this.presence.attach(connection);
    void this.#sender.attach(connection);
    this.#opened();
  }

  #opened(): void {
    this.link.value = "online";
    this.talks.catchUpSoon();
  }

  #over(error: PolygeError | undefined): void {
    this.link.value = "ended";
    this.#sender.detach();
    this.presence.lost();
    if (!error || this.#closed) return;
    if (error.code === "bad_token" && this.#adoptNewer()) return;
    this.#events.ended(error);
  }

  /** A token has one holder: another page of this browser may have exchanged it. */
  #adoptNewer(): boolean {
    const { kept } = this.#logins;
    if (kept?.uid !== this.uid || kept.token === this.#session.token) return false;
    this.adopt(kept);
    return true;
  }
}
