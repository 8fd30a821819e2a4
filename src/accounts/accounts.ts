/** Registration and login: the rules between the HTTP calls and the tables. */
import { Attempts } from "../store/attempts.ts";
import type { Database } from "../store/database.ts";
import { Tickets } from "../store/tickets.ts";
import { type NewUser, type Profile, Users } from "../store/users.ts";
import { displayName, nameKey } from "./names.ts";
import { BUSY, type Passwords } from "./passwords.ts";
import { drawTicket, hashOf } from "./secrets.ts";
import type { Tokens } from "./tokens.ts";

/** Seconds in which the redirect from /register to /login must be followed. */
const TICKET_SECONDS = 60;
/** Milliseconds between two sweeps of expired tokens, tickets and counts of attempts. */
const SWEEP_MS = 60_000;

/** A registration whose arguments have been checked. */
export type Registration = Omit<NewUser, "unameKey" | "passwordHash"> & { readonly password: string };

export type Registered = { readonly uname: string; readonly ticket: string } | "uname_taken" | typeof BUSY;
export type LoggedIn =
  | (Profile & { readonly token: string })
  | "user_not_found"
  | "password_error"
  | "user_disabled"
  | typeof BUSY;

export class Accounts {
  readonly #users: Users;
  readonly #tickets: Tickets;
  readonly #attempts: Attempts;
  readonly #sweeper: ReturnType<typeof setInterval>;

  /** @param onSweepFailure is told when the database was away for a sweep; the next one comes in a minute */
  constructor(
    database: Database,
    readonly tokens: Tokens,
    readonly passwords: Passwords,
    onSweepFailure: (error: unknown) => void,
  ) {
    this.#users = new Users(database);
    this.#tickets = new Tickets(database);
    this.#attempts = new Attempts(database);
    this.#sweeper = setInterval(() => void this.#sweep().catch(onSweepFailure), SWEEP_MS);
    this.#sweeper.unref();
  }

  async #sweep(): Promise<void> {
    await this.tokens.sweep();
    await this.#tickets.deleteExpired();
    await this.#attempts.deleteExpired();
  }

  /** Stores a user. @returns the ticket for the first login. @throws StoreUnavailable */
  async register({ password, ...fields }: Registration): Promise<Registered> {
    const unameKey = nameKey(fields.uname);
    // Before the hash, which costs a thousand times more.
    if (await this.#users.taken(unameKey)) return "uname_taken";
    const passwordHash = await this.passwords.hash(password);
    if (passwordHash === BUSY) return BUSY;
    const ticket = drawTicket();
    const uname = displayName(fields.uname);
    const user = { ...fields, uname, unameKey, passwordHash };
    const uid = await this.#users.create(user, { hash: hashOf(ticket), seconds: TICKET_SECONDS });
    return uid === undefined ? "uname_taken" : { uname, ticket };
  }

  /** True where somebody has this name, in whatever case. */
  taken(uname: string): Promise<boolean> {
    return this.#users.taken(nameKey(uname));
  }

  /**
   * @param mayStill asked once more when the password has been checked, right or wrong: of many guesses sent at once
   *   no more may count than of guesses sent one by one. False: the answer is withheld
   */
  async login(
    uname: string,
    password: string,
    clientId: number,
    mayStill: (verdict: boolean) => Promise<boolean>,
  ): Promise<LoggedIn | "too_many"> {
    const user = await this.#users.byKey(nameKey(uname));
    if (!user) return "user_not_found";
    const verdict = await this.passwords.verify(user.passwordHash, password);
    if (verdict === BUSY) return BUSY;
    if (!(await mayStill(verdict))) return "too_many";
    if (!verdict) return "password_error";
    const { passwordHash: _, ...profile } = user;
    const token = await this.tokens.issue(user.uid, clientId);
    return token === undefined ? "user_disabled" : { ...profile, token };
  }

  /** Login by the ticket of a registration. @returns undefined where it is unknown, used, expired or another's */
  async redeem(uname: string, ticket: string, clientId: number): Promise<(Profile & { token: string }) | undefined> {
    const uid = await this.#tickets.take(hashOf(ticket));
    if (uid === undefined) return undefined;
    const profile = await this.#users.byUid(uid);
    if (!profile || nameKey(profile.uname) !== nameKey(uname)) return undefined;
    const token = await this.tokens.issue(uid, clientId);
    return token === undefined ? undefined : { ...profile, token };
  }

  /** No more sweeps. */
  stop(): void {
    clearInterval(this.#sweeper);
    this.tokens.stop();
  }
}
