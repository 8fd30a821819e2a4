/** The table of attempts: how many of one kind there were from one source, counted over all nodes. */
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { attempts } from "./schema.ts";
import { inSeconds, isAhead, isOver, msUntil } from "./time.ts";
import { SWEEP } from "./tokens.ts";

/** A count that has not expired. */
export interface Attempted {
  readonly points: number;
  /** Until it expires, in ms. */
  readonly leftMs: number;
}

const row = { points: attempts.points, leftMs: msUntil(attempts.expiresAt) };

export class Attempts {
  constructor(readonly database: Database) {}

  /**
   * Adds points, negative ones too, in one statement: of many at once, on whatever nodes, each sees another total.
   * @param seconds the life of a count that begins; one that has begun keeps its own
   * @throws StoreUnavailable
   */
  async add(key: string, points: number, seconds: number): Promise<Attempted> {
    const over = isOver(attempts.expiresAt);
    const rows = await this.database.run((db) =>
      db
        .insert(attempts)
        .values({ key, points, expiresAt: inSeconds(seconds) })
        .onConflictDoUpdate({
          target: attempts.key,
          set: {
            points: sql`case when ${over} then excluded.points else ${attempts.points} + excluded.points end`,
            expiresAt: sql`case when ${over} then excluded.expires_at else ${attempts.expiresAt} end`,
          },
        })
        .returning(row),
    );
    return rows[0]!;
  }

  /** @returns undefined where there is none or it has expired. @throws StoreUnavailable */
  async find(key: string): Promise<Attempted | undefined> {
    const rows = await this.database.run((db) =>
      db
        .select(row)
        .from(attempts)
        .where(and(eq(attempts.key, key), isAhead(attempts.expiresAt))),
    );
    return rows[0];
  }

  async delete(key: string): Promise<void> {
    await this.database.run((db) => db.delete(attempts).where(eq(attempts.key, key)));
  }

  async deleteExpired(): Promise<void> {
    let deleted: number;
    do deleted = await this.#deleteSome();
    while (deleted === SWEEP);
  }

  /** Passes over what is locked: a count that begins anew just now must stay, and another node may sweep as well. */
  async #deleteSome(): Promise<number> {
    const rows = await this.database.run((db) => {
      const expired = db
        .select({ key: attempts.key })
        .from(attempts)
        .where(isOver(attempts.expiresAt))
        .limit(SWEEP)
        .for("update", { skipLocked: true });
      return db.delete(attempts).where(inArray(attempts.key, expired)).returning({ key: attempts.key });
    });
    return rows.length;
  }
}
