/** What administrators may do: the rules between their calls and the tables. Every act leaves a row in the audit table. */
import { AccountData } from "../store/account-data.ts";
import type { Act, Actor, Audit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { Overview } from "../store/overview.ts";
import type { TokenRow } from "../store/tokens.ts";
import { UserActs } from "../store/user-acts.ts";
import { nameKey } from "./names.ts";
import { BUSY, type Passwords } from "./passwords.ts";
import type { Tokens } from "./tokens.ts";

/** A user as administrators write it: a uid, or a name that has a character other than a digit. */
const UID = /^\d{1,16}$/;

export class Administration {
  readonly overview: Overview;
  readonly #acts: UserActs;
  readonly #data: AccountData;

  /**
   * @param closeSockets closes a user's sockets, on whichever nodes
   * @param forgetFailures lets a name try again that was refused for wrong passwords
   */
  constructor(
    database: Database,
    readonly tokens: Tokens,
    readonly passwords: Passwords,
    readonly audit: Audit,
    readonly closeSockets: (uid: number) => void,
    readonly forgetFailures: (nameKey: string) => Promise<void>,
  ) {
    this.overview = new Overview(database);
    this.#acts = new UserActs(database);
    this.#data = new AccountData(database);
  }

  /** @returns the uid; undefined where nobody has the name. A uid is not looked up */
  async uidOf(user: string): Promise<number | undefined> {
    return UID.test(user) ? Number(user) : this.overview.uidOf(nameKey(user));
  }

  /** The user cannot log in, refresh or connect; tokens and sockets end. @returns tokens ended; undefined: no such user */
  async disable(actor: Actor, uid: number): Promise<number | undefined> {
    return this.#ended(await this.#acts.disable(actor, uid));
  }

  /** @returns false: no such user */
  enable(actor: Actor, uid: number): Promise<boolean> {
    return this.#acts.enable(actor, uid);
  }

  /** Sets a password; tokens and sockets end, wrong passwords so far are forgotten. @returns tokens ended; undefined: no such user */
  async resetPassword(actor: Actor, uid: number, password: string): Promise<number | undefined | typeof BUSY> {
    const hash = await this.passwords.hash(password);
    if (hash === BUSY) return BUSY;
    const ended = this.#ended(await this.#acts.setPassword(actor, uid, hash));
    const user = await this.overview.user(uid);
    // Set is set; a count that stays is over in a quarter of an hour.
    if (user) await this.forgetFailures(nameKey(user.uname)).catch(() => {});
    return ended;
  }

  /** Deletes the account and all that belongs to it. @returns tokens ended; undefined: no such user */
  async remove(actor: Actor, uid: number): Promise<number | undefined> {
    return this.#ended(await this.#acts.remove(actor, uid));
  }

  /** Ends one of a user's tokens, or all. @returns how many; undefined: no such user, or no such token of the user's */
  async revoke(actor: Actor, uid: number, tokenId: number | undefined): Promise<number | undefined> {
    return this.#ended(await this.#acts.revoke(actor, uid, tokenId));
  }

  /** Empties a user's mailbox. @returns what waited in it; undefined: no such user */
  purge(actor: Actor, uid: number): Promise<{ frames: number; bytes: number } | undefined> {
    return this.#acts.purge(actor, uid);
  }

  /** Closes a user's sockets; the tokens stay. Written down first: a node that does not hear of it looks there. @returns false: no such user */
  async kick(actor: Actor, uid: number): Promise<boolean> {
    if (!(await this.#recorded(actor, "sockets.kick", uid))) return false;
    this.closeSockets(uid);
    return true;
  }

  /** All about an account, as pieces of JSON text; undefined: no such user. */
  async export(actor: Actor, uid: number): Promise<AsyncGenerator<string> | undefined> {
    return (await this.#recorded(actor, "users.export", uid)) ? this.#data.export(uid) : undefined;
  }

  async #recorded(actor: Actor, act: Act, uid: number): Promise<boolean> {
    const found = (await this.overview.user(uid)) !== undefined;
    await this.audit.write(actor, { act, subject: uid, outcome: found ? "done" : "not_found" });
    return found;
  }

  #ended(rows: readonly TokenRow[] | undefined): number | undefined {
    if (rows) this.tokens.buryAll(rows);
    return rows?.length;
  }
}
