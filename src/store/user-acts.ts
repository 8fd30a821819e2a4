/** What administrators do to an account. Each is one transaction, and its row in the audit table is part of it. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { type Actor, type AuditEntry, record } from "./audit.ts";
import type { AuditDetail } from "./audit-schema.ts";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { mailboxes, mailboxFrames, tickets, tokens, users } from "./schema.ts";
import { type TokenRow, tokenRow } from "./tokens.ts";
import { REMOVAL_LIMIT_MS, removeUser } from "./users.ts";

/** What an act came to; undefined: there is nothing that it could be done to. */
interface Done<T> {
  readonly result: T;
  readonly detail?: AuditDetail;
}

export class UserActs {
  constructor(readonly database: Database) {}

  /** Locks a user out: nobody can log in, and all tokens are gone. @returns those; undefined: no such user */
  disable(actor: Actor, uid: number): Promise<readonly TokenRow[] | undefined> {
    return this.#act(actor, { act: "users.disable", subject: uid }, async (tx) => {
      // Before the tokens: who inserts one waits for this row, and then sees that it is disabled.
      const found = await change(tx, uid, { disabledAt: sql`coalesce(${users.disabledAt}, clock_timestamp())` });
      return found ? endAll(tx, uid) : undefined;
    });
  }

  /** Lets a user in again. @returns false: no such user */
  async enable(actor: Actor, uid: number): Promise<boolean> {
    const done = await this.#act(actor, { act: "users.enable", subject: uid }, async (tx) =>
      (await change(tx, uid, { disabledAt: null })) ? { result: true } : undefined,
    );
    return done ?? false;
  }

  /** Sets a password and ends all tokens. @returns those; undefined: no such user */
  setPassword(actor: Actor, uid: number, passwordHash: string): Promise<readonly TokenRow[] | undefined> {
    return this.#act(actor, { act: "users.reset-password", subject: uid }, async (tx) =>
      (await change(tx, uid, { passwordHash })) ? endAll(tx, uid) : undefined,
    );
  }

  /** Deletes a user and all that is the user's. @returns the tokens; undefined: no such user */
  remove(actor: Actor, uid: number): Promise<readonly TokenRow[] | undefined> {
    return this.#act(actor, { act: "users.delete", subject: uid }, async (tx) => {
      const ended = await removeUser(tx, uid);
      return ended && { result: ended, detail: { tokens: ended.length } };
    });
  }

  /**
   * Ends one of a user's tokens, or all.
   * @returns those ended; undefined: no such user, or the user has no such token
   */
  revoke(actor: Actor, uid: number, tokenId: number | undefined): Promise<readonly TokenRow[] | undefined> {
    const which = tokenId === undefined ? undefined : eq(tokens.id, tokenId);
    const detail: AuditDetail = tokenId === undefined ? {} : { token: tokenId };
    return this.#act(actor, { act: "tokens.revoke", subject: uid, detail }, async (tx) => {
      if (!(await exists(tx, uid))) return undefined;
      const ended = await end(tx, and(eq(tokens.uid, uid), which)!);
      return ended.result.length === 0 && tokenId !== undefined ? undefined : ended;
    });
  }

  /** Empties a user's mailbox. @returns what waited in it; undefined: no such user */
  purge(actor: Actor, uid: number): Promise<{ frames: number; bytes: number } | undefined> {
    return this.#act(actor, { act: "mailboxes.purge", subject: uid }, async (tx) => {
      if (!(await exists(tx, uid))) return undefined;
      const waiting = (await lockMailbox(tx, uid)) ?? { frames: 0, bytes: 0 };
      await tx.delete(mailboxFrames).where(eq(mailboxFrames.uid, uid));
      await tx.update(mailboxes).set({ frames: 0, bytes: 0 }).where(eq(mailboxes.uid, uid));
      return { result: waiting, detail: waiting };
    });
  }

  #act<T>(
    actor: Actor,
    entry: Omit<AuditEntry, "outcome">,
    work: (tx: Drizzle) => Promise<Done<T> | undefined>,
  ): Promise<T | undefined> {
    return this.database.run(
      (db) =>
        db.transaction(async (tx) => {
          const done = await work(tx);
          const outcome = done === undefined ? "not_found" : "done";
          await record(tx, actor, { ...entry, detail: { ...entry.detail, ...done?.detail }, outcome });
          return done?.result;
        }),
      { what: entry.act, limitMs: REMOVAL_LIMIT_MS },
    );
  }
}

type Change = Parameters<ReturnType<Drizzle["update"]>["set"]>[0];

async function change(tx: Drizzle, uid: number, values: Change): Promise<boolean> {
  const rows = await tx.update(users).set(values).where(eq(users.uid, uid)).returning({ uid: users.uid });
  return rows.length > 0;
}

async function exists(tx: Drizzle, uid: number): Promise<boolean> {
  const rows = await tx.select({ uid: users.uid }).from(users).where(eq(users.uid, uid)).for("share");
  return rows.length > 0;
}

async function lockMailbox(tx: Drizzle, uid: number) {
  const { frames, bytes } = mailboxes;
  const rows = await tx.select({ frames, bytes }).from(mailboxes).where(eq(mailboxes.uid, uid)).for("update");
  return rows[0];
}

/** Every way to get in without the password. */
async function endAll(tx: Drizzle, uid: number): Promise<Done<readonly TokenRow[]>> {
  await tx.delete(tickets).where(eq(tickets.uid, uid));
  return end(tx, eq(tokens.uid, uid));
}

async function end(tx: Drizzle, which: SQL): Promise<Done<readonly TokenRow[]>> {
  const result = await tx.delete(tokens).where(which).returning(tokenRow);
  return { result, detail: { tokens: result.length } };
}
