import { type Arguments, Calls, type Fetch } from "./calls.ts";
import { Connection } from "./connection.ts";
import * as kept from "./conversations.ts";
import { loadCrc32 } from "./crc32.ts";
import { PolygeError } from "./errors.ts";
import type { SocketClass } from "./link.ts";
import { type ConnectOptions, DEFAULTS } from "./options.ts";
import type { OwnProfile, PageOf, ProfileChanges, PublicProfile, UserFilter, UserPage } from "./people.ts";
import * as sessions from "./session.ts";

export interface Surroundings {
  /** Node.js before 22 has none: pass the `ws` package's. Default: the global one. */
  readonly WebSocket?: SocketClass;
  /** Default: the global one. */
  readonly fetch?: Fetch;
}

/**
 * A server, as a client sees it.
 *
 *     const server = new Polyge("http://localhost:8080");
 *     const connection = await server.connect(await server.login("ana", "correct-horse"));
 */
export class Polyge {
  readonly #calls: Calls;
  readonly #socketClass: SocketClass;

  /** @param url http(s)://host[:port][/path], of the server or of the proxy before it */
  constructor(url: string, surroundings: Surroundings = {}) {
    if (!isHttp(url)) throw new PolygeError("bad_argument", `no http or https URL: ${url}`);
    const socketClass = surroundings.WebSocket ?? (globalThis.WebSocket as SocketClass | undefined);
    if (!socketClass) throw new PolygeError("bad_argument", "no WebSocket here: pass one");
    this.#calls = new Calls(url.replace(/\/+$/, ""), surroundings.fetch ?? ((...args) => fetch(...args)));
    this.#socketClass = socketClass;
  }

  /** Makes an account and logs in. @throws PolygeError `uname_taken`, `bad_argument`, `too_many`, `unavailable`, `network` */
  register(person: sessions.Registration): Promise<sessions.Session> {
    return sessions.register(this.#calls, person);
  }

  /** Whether a name is well-formed and free. @throws PolygeError `unavailable`, `network` */
  async isNameFree(uname: string): Promise<boolean> {
    return (await this.#calls.post("/check_uname", { uname })) === true;
  }

  /** @throws PolygeError `user_not_found`, `password_error`, `too_many`, `unavailable`, `network` */
  login(uname: string, pwd: string): Promise<sessions.Session> {
    return sessions.login(this.#calls, uname, pwd);
  }

  /** A new token for the old one, which is dead from then on. A `Connection` does it by itself. @throws PolygeError `bad_token` */
  refresh(session: sessions.Session): Promise<sessions.Session> {
    return sessions.refresh(this.#calls, session);
  }

  /** Ends a token; what was connected with it ends with `logged_out`. @throws PolygeError `unavailable`, `network` */
  async logout(session: sessions.Session): Promise<void> {
    await this.#as(session, "/logout");
  }

  /** This user's profile. @throws PolygeError `bad_token`, `unavailable`, `network`, as every call with a session does */
  ownProfile(session: sessions.Session): Promise<OwnProfile> {
    return this.#as(session, "/profile");
  }

  /** Another user's. @throws PolygeError `not_found`, `too_many`, … */
  async profile(session: sessions.Session, uid: number): Promise<PublicProfile> {
    const [found] = await this.profiles(session, [uid]);
    if (!found) throw new PolygeError("not_found", "no such user");
    return found;
  }

  /** Those of up to 100 users who exist, in their order. @throws PolygeError `too_many`, … */
  profiles(session: sessions.Session, uids: readonly number[]): Promise<PublicProfile[]> {
    return this.#as(session, "/profiles", { uids });
  }

  /** Changes what is given. @returns the profile as it is then. @throws PolygeError `bad_argument`, … */
  updateProfile(session: sessions.Session, changes: ProfileChanges): Promise<OwnProfile> {
    return this.#as(session, "/update_profile", { ...changes });
  }

  /**
   * Finds users, those who are online first. Neither this user is among them, nor whom this user has blocked.
   * @throws PolygeError `bad_argument`, `too_many`, …
   */
  users(session: sessions.Session, filter: UserFilter = {}): Promise<UserPage> {
    return this.#as(session, "/users", { ...filter });
  }

  /** Hears nothing more from a user, who is told what senders to nobody are told. @throws PolygeError `not_found`, … */
  async block(session: sessions.Session, uid: number): Promise<void> {
    await this.#as(session, "/block", { uid });
  }

  async unblock(session: sessions.Session, uid: number): Promise<void> {
    await this.#as(session, "/unblock", { uid });
  }

  /** Whom this user has blocked. */
  blocked(session: sessions.Session, page: PageOf = {}): Promise<UserPage> {
    return this.#as(session, "/blocked", { ...page });
  }

  /** All other sessions of this user end with `logged_out`. @throws PolygeError `password_error`, `too_many`, `bad_argument`, … */
  async changePassword(session: sessions.Session, pwd: string, newPwd: string): Promise<void> {
    await this.#as(session, "/change_password", { pwd, new_pwd: newPwd });
  }

  /** Deletes the user and all that is the user's; the name becomes free. @throws PolygeError `password_error`, `too_many`, … */
  async deleteAccount(session: sessions.Session, pwd: string): Promise<void> {
    await this.#as(session, "/delete_account", { pwd });
  }

  /** This user's conversations, newest first. @throws PolygeError `not_found` where the server keeps none, `bad_token`, … */
  conversations(
    session: sessions.Session,
    page: { cursor?: number; limit?: number } = {},
  ): Promise<kept.Page<kept.Conversation>> {
    return kept.conversations(this.#calls, session, page);
  }

  /** What was said with somebody. @throws PolygeError `not_found` where the server keeps nothing, `bad_token`, … */
  history(
    session: sessions.Session,
    peer: number,
    range: kept.HistoryRange = {},
  ): Promise<kept.Page<kept.KeptMessage>> {
    return kept.history(this.#calls, session, peer, range);
  }

  /**
   * Marks what somebody wrote as read, all of it or up to a message. `Connection.read` does so too, and tells the peer.
   * @throws PolygeError `not_found` where the server keeps nothing, `bad_token`, …
   */
  async markRead(session: sessions.Session, peer: number, msgId?: bigint): Promise<void> {
    await this.#as(session, "/mark_read", { peer, msg_id: msgId?.toString() });
  }

  /**
   * Connects, and stays connected until `close()` or until the server says that it is over.
   * @returns once a socket is open; it goes on trying until then
   * @throws PolygeError `bad_token`, `no_v2`, `closed` (by `signal`), or what the server closed with
   */
  async connect(session: sessions.Session, { signal, ...options }: ConnectOptions = {}): Promise<Connection> {
    const crc32 = await loadCrc32();
    if (signal?.aborted) throw new PolygeError("closed", "given up");
    const connection = new Connection(this.#calls, this.#socketClass, crc32, session, { ...DEFAULTS, ...options });
    const abort = () => connection.close();
    signal?.addEventListener("abort", abort);
    connection.on("closed", () => signal?.removeEventListener("abort", abort));
    await new Promise<void>((resolve, reject) => {
      connection.on("state", (state) => {
        if (state === "v2" || state === "plain") resolve();
      });
      connection.on("closed", (error) => reject(error ?? new PolygeError("closed", "given up")));
    });
    return connection;
  }

  #as<T>({ token }: sessions.Session, path: string, args?: Arguments): Promise<T> {
    return this.#calls.post(path, { ...args, token }) as Promise<T>;
  }
}

function isHttp(url: string): boolean {
  try {
    return /^https?:$/.test(new URL(url).protocol);
  } catch {
    return false;
  }
}
