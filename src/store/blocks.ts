/** The table of blocks: who has blocked whom. */
import { and, desc, eq, lt, ne, sql } from "drizzle-orm";
import { array } from "./arrays.ts";
import type { Database } from "./database.ts";
import { blocks } from "./people-schema.ts";
import { users } from "./schema.ts";

/** Users whom one may have blocked. */
export const MOST_BLOCKED = 10_000;

/** What came of an attempt to block. */
export type BlockOutcome = "blocked" | "unknown_user" | "too_many";

export class BlockRows {
  constructor(readonly database: Database) {}

  /** One who is blocked already stays so. @throws StoreUnavailable */
  add(uid: number, blocked: number): Promise<BlockOutcome> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        // Neither can be deleted meanwhile.
        const there = await tx
          .select({ uid: users.uid })
          .from(users)
          .where(sql`${users.uid} = any(${array([uid, blocked])}::bigint[])`)
          .orderBy(users.uid)
          .for("key share");
        if (there.length < 2) return "unknown_user";
        const full = await tx
          .select({ blocked: blocks.blocked })
          .from(blocks)
          .where(and(eq(blocks.uid, uid), ne(blocks.blocked, blocked)))
          .offset(MOST_BLOCKED - 1)
          .limit(1);
        if (full.length > 0) return "too_many";
        await tx.insert(blocks).values({ uid, blocked }).onConflictDoNothing();
        return "blocked";
      }),
    );
  }

  async delete(uid: number, blocked: number): Promise<void> {
    await this.database.run((db) => db.delete(blocks).where(and(eq(blocks.uid, uid), eq(blocks.blocked, blocked))));
  }

  /** Whom a user has blocked, below a uid, the greatest first. */
  async list(uid: number, below: number, limit: number): Promise<number[]> {
    const rows = await this.database.run((db) =>
      db
        .select({ blocked: blocks.blocked })
        .from(blocks)
        .where(and(eq(blocks.uid, uid), lt(blocks.blocked, below)))
        .orderBy(desc(blocks.blocked))
        .limit(limit),
    );
    return rows.map(({ blocked }) => blocked);
  }

  /** Who has blocked these users, as pairs. */
  blockersOf(uids: readonly number[]): Promise<{ uid: number; blocked: number }[]> {
    return this.database.run((db) =>
      db
        .select({ uid: blocks.uid, blocked: blocks.blocked })
        .from(blocks)
        .where(sql`${blocks.blocked} = any(${array(uids)}::bigint[])`),
    );
  }
}
