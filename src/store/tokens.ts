/** The table of tokens. It knows hashes only. */
import { and, desc, eq, inArray, isNull, notInArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tokens, users } from "./schema.ts";
import { inSeconds, isAhead, isOver, msUntil } from "./time.ts";

/** A token's row, by which a socket stays tied to it. */
export interface TokenRow {
  readonly tokenId: number;
  readonly uid: number;
  readonly hash: Uint8Array;
}

export interface NewToken {
  readonly hash: Uint8Array;
  readonly clientId: number;
  readonly seconds: number;
}

/** Rows that one sweep deletes at most, so that it never holds locks for long. */
export const SWEEP = 10_000;

export const tokenRow = { tokenId: tokens.id, uid: tokens.uid, hash: tokens.hash };

export class TokenRows {
  constructor(readonly database: Database) {}

  /**
   * Adds a token while the password is still the one that was checked, and the user not disabled.
   * @param checked its hash
   * @returns false, and nothing added, where that is no longer so, or the user is gone
   */
  add(uid: number, checked: string, { clientId, hash, seconds }: NewToken): Promise<boolean> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        // Who changes the password, or disables the user, deletes the tokens that are there: not between this look and the insert.
        const found = await tx
          .select({ uid: users.uid })
          .from(users)
          .where(and(eq(users.uid, uid), eq(users.passwordHash, checked), isNull(users.disabledAt)))
          .for("share");
        if (found.length === 0) return false;
        await tx.insert(tokens).values({ uid, clientId, hash, expiresAt: inSeconds(seconds) });
        return true;
      }),
    );
  }

  /** Deletes all of a user's tokens but the newest `keep`. @returns those deleted */
  dropOldest(uid: number, keep: number): Promise<TokenRow[]> {
    return this.database.run((db) => {
      const newest = db
        .select({ id: tokens.id })
        .from(tokens)
        .where(eq(tokens.uid, uid))
        .orderBy(desc(tokens.id))
        .limit(keep);
      return db
        .delete(tokens)
        .where(and(eq(tokens.uid, uid), notInArray(tokens.id, newest)))
        .returning(tokenRow);
    });
  }

  /** The live ones among many, with what is left of their lives in ms: one query, whatever the number of hashes. */
  find(hashes: readonly Uint8Array[]): Promise<(TokenRow & { leftMs: number })[]> {
    // One text parameter: the statement is the same for every number of hashes, so it is prepared once, and both
    // drivers pass it alike.
    const list = hashes.map((hash) => Buffer.from(hash).toString("hex")).join(",");
    const wanted = sql`${tokens.hash} = any(array(select decode(h, 'hex') from unnest(string_to_array(${list}, ',')) as h))`;
    return this.database.run(
      (db) =>
        db
          .select({ ...tokenRow, leftMs: msUntil(tokens.expiresAt) })
          .from(tokens)
          .where(and(wanted, isAhead(tokens.expiresAt)))
          .prepare("tokens")
          .execute(),
      { what: "find tokens", count: hashes.length },
    );
  }

  /** Those of these rows that are there and have not expired. */
  async living(ids: readonly number[]): Promise<Set<number>> {
    const rows = await this.database.run((db) =>
      db
        .select({ id: tokens.id })
        .from(tokens)
        .where(and(inArray(tokens.id, [...ids]), isAhead(tokens.expiresAt))),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Puts a new token in an old one's row: same id, new hash, new life.
   * @returns the row's id; undefined where the old token is unknown, expired or another user's. Of two that race, one wins
   */
  async replace(uid: number, oldHash: Uint8Array, next: NewToken): Promise<number | undefined> {
    const rows = await this.database.run((db) =>
      db
        .update(tokens)
        .set({ hash: next.hash, clientId: next.clientId, expiresAt: inSeconds(next.seconds) })
        .where(and(eq(tokens.hash, oldHash), eq(tokens.uid, uid), isAhead(tokens.expiresAt)))
        .returning({ id: tokens.id }),
    );
    return rows[0]?.id;
  }

  /** @returns the row that it was; undefined where there was none */
  async delete(hash: Uint8Array): Promise<TokenRow | undefined> {
    const rows = await this.database.run((db) => db.delete(tokens).where(eq(tokens.hash, hash)).returning(tokenRow));
    return rows[0];
  }

  /** @returns the rows deleted, at most `SWEEP` */
  deleteExpired(): Promise<TokenRow[]> {
    return this.database.run((db) =>
      db
        .delete(tokens)
        .where(
          inArray(tokens.id, db.select({ id: tokens.id }).from(tokens).where(isOver(tokens.expiresAt)).limit(SWEEP)),
        )
        .returning(tokenRow),
    );
  }
}
