/** Registration and login: the rules between the HTTP calls and the tables. */
import { Attempts } from "../store/attempts.ts";
import type { Database } from "../store/database.ts";
import { Tickets } from "../store/tickets.ts";
import { type Checkable, type NewUser, type Profile, Users } from "../store/users.ts";
import { displayName, nameKey } from "./names.ts";
import { BUSY, NOBODYS_HASH, type Passwords } from "./passwords.ts";
import { drawTicket, hashOf } from "./secrets.ts";
import type { Session, Tokens } from "./tokens.ts";

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

/** What came of a call that asks for the password once more. */
export type PasswordChecked = "done" | "password_error" | "too_many" | typeof BUSY;
/** Asked when a password has been checked, right or wrong. False: the answer is withheld. */
export type MayStill = (verdict: boolean) => Promise<boolean>;

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
   * A name that nobody has costs as much work, and counts as much, as a wrong password.
   * @param mayStill asked once more when the password has been checked, right or wrong: of many guesses sent at once
   *   no more may count than of guesses sent one by one. False: the answer is withheld
   */
  async login(uname: string, password: string, clientId: number, mayStill: MayStill): Promise<LoggedIn | "too_many"> {
    const user = await this.#users.byKey(nameKey(uname));
    const verdict = await this.passwords.verify(user?.passwordHash ?? NOBODYS_HASH, password);
    if (verdict === BUSY) return BUSY;
    if (!(await mayStill(verdict && user !== undefined))) return "too_many";
    if (!user) return "user_not_found";
    if (!verdict) return "password_error";
    if (user.disabled) return "user_disabled";
    return (await this.#letIn(user, clientId)) ?? "password_error";
  }

  /** Login by the ticket of a registration. @returns undefined where it is unknown, used, expired or another's */
  async redeem(uname: string, ticket: string, clientId: number): Promise<(Profile & { token: string }) | undefined> {
    const uid = await this.#tickets.take(hashOf(ticket));
    if (uid === undefined) return undefined;
    const user = await this.#users.byUid(uid);
    if (!user || nameKey(user.uname) !== nameKey(uname)) return undefined;
    return this.#letIn(user, clientId);
  }

  /**
   * Puts a new password in the place of the old one. All of the user's tokens die, but the one that asks.
   * @param mayStill as for `login`
   */
  async changePassword(
    { uid, tokenId }: Session,
    { old, next }: { readonly old: string; readonly next: string },
    mayStill: MayStill,
  ): Promise<PasswordChecked> {
    const checked = await this.#check(uid, old, mayStill);
    if (typeof checked !== "object") return checked;
    const hash = await this.passwords.hash(next);
    if (hash === BUSY) return BUSY;
    const dead = await this.#users.changePassword(uid, checked.hash, hash, tokenId);
    if (dead === undefined) return "password_error";
    this.tokens.buryAll(dead);
    return "done";
  }

  /** Deletes the user and all that is the user's. @param mayStill as for `login` */
  async delete(uid: number, password: string, mayStill: MayStill): Promise<PasswordChecked> {
    const checked = await this.#check(uid, password, mayStill);
    if (typeof checked !== "object") return checked;
    const dead = await this.#users.delete(uid, checked.hash);
    if (dead === undefined) return "password_error";
    this.tokens.buryAll(dead);
    return "done";
  }

  /** The key that a user's wrong passwords are counted under. @returns undefined where there is no such user */
  async nameKeyOf(uid: number): Promise<string | undefined> {
    const user = await this.#users.byUid(uid);
    return user && nameKey(user.uname);
  }

  async #letIn({ passwordHash, disabled: _, ...profile }: Checkable, clientId: number) {
    const token = await this.tokens.issue(profile.uid, passwordHash, clientId);
    return token === undefined ? undefined : { ...profile, token };
  }

  async #check(uid: number, password: string, mayStill: MayStill) {
    const user = await this.#users.byUid(uid);
    if (!user) return "password_error";
    const verdict = await this.passwords.verify(user.passwordHash, password);
    if (verdict === BUSY) return BUSY;
    if (!(await mayStill(verdict))) return "too_many";
    return verdict ? { hash: user.passwordHash } : "password_error";
  }

  /** No more sweeps. */
  stop(): void {
    clearInterval(this.#sweeper);
    this.tokens.stop();
  }
}
