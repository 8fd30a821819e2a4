/** The table of users. */
import { and, eq, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { lock as lockConversations } from "./history.ts";
import { conversations } from "./history-schema.ts";
import { mailboxes, tickets, tokens, users } from "./schema.ts";
import { inSeconds } from "./time.ts";
import { type TokenRow, tokenRow } from "./tokens.ts";

/** What the login answer says of a user. */
export interface Profile {
  readonly uid: number;
  /** As registered: NFKC, trimmed. */
  readonly uname: string;
  /** 1 male, 2 female. */
  readonly gender: number;
  /** 1 student, 2 teacher. */
  readonly userType: number;
}

/** A user whose password can be checked. */
export interface Checkable extends Profile {
  readonly passwordHash: string;
  /** An administrator has locked the user out. */
  readonly disabled: boolean;
}

export type NewUser = Omit<typeof users.$inferInsert, "uid" | "createdAt" | "disabledAt">;

/** The hash of a registration's ticket, and how long it lives. */
export interface NewTicket {
  readonly hash: Uint8Array;
  readonly seconds: number;
}

/** Longest that the end of an account may take, in ms: there may be a long history to delete. */
export const REMOVAL_LIMIT_MS = 30_000;

const profile = { uid: users.uid, uname: users.uname, gender: users.gender, userType: users.userType };
const checkable = {
  ...profile,
  passwordHash: users.passwordHash,
  disabled: sql<boolean>`${users.disabledAt} is not null`,
};

export class Users {
  constructor(readonly database: Database) {}

  /**
   * Stores a user together with the ticket for the first login: both or neither.
   * @returns the new uid; undefined where the name is taken
   */
  create(user: NewUser, ticket: NewTicket): Promise<number | undefined> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        const rows = await tx
          .insert(users)
          .values(user)
          .onConflictDoNothing({ target: users.unameKey })
          .returning({ uid: users.uid });
        const uid = rows[0]?.uid;
        if (uid === undefined) return undefined;
        await tx.insert(tickets).values({ hash: ticket.hash, uid, expiresAt: inSeconds(ticket.seconds) });
        return uid;
      }),
    );
  }

  /** True where somebody has the name of this key. */
  async taken(unameKey: string): Promise<boolean> {
    const rows = await this.database.run((db) =>
      db.select({ uid: users.uid }).from(users).where(eq(users.unameKey, unameKey)),
    );
    return rows.length > 0;
  }

  /** The user of a name, with the hash of the password. */
  async byKey(unameKey: string): Promise<Checkable | undefined> {
    const rows = await this.database.run((db) => db.select(checkable).from(users).where(eq(users.unameKey, unameKey)));
    return rows[0];
  }

  async byUid(uid: number): Promise<Checkable | undefined> {
    const rows = await this.database.run((db) => db.select(checkable).from(users).where(eq(users.uid, uid)));
    return rows[0];
  }

  /**
   * Puts a new password in the place of the one that was checked, and deletes what else would still log in: tickets, and all
   * tokens but one.
   * @param checked the hash that the old password was checked against
   * @returns the tokens deleted; undefined where the password is another by now, or the user gone
   */
  changePassword(uid: number, checked: string, next: string, keptToken: number): Promise<TokenRow[] | undefined> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        const changed = await tx
          .update(users)
          .set({ passwordHash: next })
          .where(and(eq(users.uid, uid), eq(users.passwordHash, checked)))
          .returning({ uid: users.uid });
        if (changed.length === 0) return undefined;
        await tx.delete(tickets).where(eq(tickets.uid, uid));
        return tx
          .delete(tokens)
          .where(and(eq(tokens.uid, uid), ne(tokens.id, keptToken)))
          .returning(tokenRow);
      }),
    );
  }

  /**
   * Deletes a user and all that is the user's, in whatever table.
   * @param checked the hash that the password was checked against
   * @returns the tokens that died with it; undefined as `changePassword` does
   */
  delete(uid: number, checked: string): Promise<TokenRow[] | undefined> {
    return this.database.run((db) => db.transaction((tx) => removeUser(tx, uid, eq(users.passwordHash, checked))), {
      what: "delete a user",
      limitMs: REMOVAL_LIMIT_MS,
    });
  }
}

/**
 * Deletes a user and all that is the user's, in whatever table (`on delete cascade`; `account-data.ts` lists them). The rows that
 * batches lock are locked as they do it, each kind in its order and after the user, or both would wait for each other.
 * @returns the tokens that died with it; undefined where there is no such user, or `condition` does not hold
 */
export async function removeUser(tx: Drizzle, uid: number, condition?: SQL): Promise<TokenRow[] | undefined> {
  await tx.execute(sql`select set_config('statement_timeout', ${String(REMOVAL_LIMIT_MS)}, true)`);
  const found = await tx
    .select({ uid: users.uid })
    .from(users)
    .where(and(eq(users.uid, uid), condition))
    .for("update");
  if (found.length === 0) return undefined;
  await tx.select({ uid: mailboxes.uid }).from(mailboxes).where(eq(mailboxes.uid, uid)).for("update");
  const { owner, peer } = conversations;
  await lockConversations(
    tx,
    sql`select ${owner}, ${peer} from ${conversations} where ${or(eq(owner, uid), eq(peer, uid))}`,
  );
  const dead = await tx.delete(tokens).where(eq(tokens.uid, uid)).returning(tokenRow);
  await tx.delete(users).where(eq(users.uid, uid));
  return dead;
}
