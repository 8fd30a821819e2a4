/** The table of tickets: one-use, short-lived, usable on any node. */
import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "./database.ts";
import { tickets } from "./schema.ts";
import { isAhead, isOver } from "./time.ts";

/** Rows that one sweep deletes at most, so that it never holds locks for long. */
const SWEEP = 10_000;

export class Tickets {
  constructor(readonly database: Database) {}

  /** Uses a ticket up. @returns whose it was; undefined where it is unknown, used or expired */
  async take(hash: Uint8Array): Promise<number | undefined> {
    const rows = await this.database.run((db) =>
      db
        .delete(tickets)
        .where(and(eq(tickets.hash, hash), isAhead(tickets.expiresAt)))
        .returning({ uid: tickets.uid }),
    );
    return rows[0]?.uid;
  }

  async deleteExpired(): Promise<void> {
    await this.database.run((db) =>
      db
        .delete(tickets)
        .where(
          inArray(
            tickets.hash,
            db.select({ hash: tickets.hash }).from(tickets).where(isOver(tickets.expiresAt)).limit(SWEEP),
          ),
        ),
    );
  }
}
