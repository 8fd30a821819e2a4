/** The table of what administrators did: written within the transaction of the act, where there is one. */
import { and, desc, eq, gt, inArray, lt, max, sql } from "drizzle-orm";
import { type AuditDetail, type AuditOutcome, audit } from "./audit-schema.ts";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { SWEEP } from "./tokens.ts";

/** What leaves a row. */
export const ACTS = [
  "users.disable",
  "users.enable",
  "users.reset-password",
  "users.delete",
  "users.export",
  "tokens.revoke",
  "sockets.kick",
  "mailboxes.purge",
  "backup",
] as const;
export type Act = (typeof ACTS)[number];

/** Who acts. The name is what the caller says of itself; the token proves no more than that it is an administrator. */
export interface Actor {
  readonly name: string;
  readonly address: string;
}

export interface AuditEntry {
  readonly act: Act;
  /** The uid concerned. */
  readonly subject?: number;
  readonly detail?: AuditDetail;
  readonly outcome: AuditOutcome;
}

export interface AuditFilter {
  readonly act?: Act | undefined;
  readonly subject?: number | undefined;
  /** Only rows with a smaller id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export type AuditRow = typeof audit.$inferSelect;

/** Sockets that were open when somebody was kicked. */
export interface Kick {
  readonly uid: number;
  /** How long ago, in ms, by the database's clock. */
  readonly agoMs: number;
}

/** Users that one look for kicks finds at most. */
const KICKS = 10_000;
const agoMs = sql<number>`extract(epoch from clock_timestamp() - ${max(audit.at)}) * 1000`.mapWith(Number);

/** Writes a row as part of a transaction. */
export async function record(tx: Drizzle, { name, address }: Actor, entry: AuditEntry): Promise<void> {
  const { act, subject = null, detail = {}, outcome } = entry;
  await tx.insert(audit).values({ at: sql`clock_timestamp()`, actor: name, address, act, subject, detail, outcome });
}

export class Audit {
  /** @param days for which rows are kept */
  constructor(
    readonly database: Database,
    readonly days: number,
  ) {}

  /** Writes a row of an act that is no transaction. @throws StoreUnavailable: the act must not be done then */
  write(actor: Actor, entry: AuditEntry): Promise<void> {
    return this.database.run((db) => record(db, actor, entry));
  }

  /** Newest first. */
  list({ act, subject, before, limit }: AuditFilter): Promise<AuditRow[]> {
    const conditions = [
      act === undefined ? undefined : eq(audit.act, act),
      subject === undefined ? undefined : eq(audit.subject, subject),
      before === undefined ? undefined : lt(audit.id, before),
    ];
    return this.database.run((db) =>
      db
        .select()
        .from(audit)
        .where(and(...conditions))
        .orderBy(desc(audit.id))
        .limit(limit),
    );
  }

  /** Who was kicked within the last so many seconds, and how long ago the last time. */
  async kicks(seconds: number): Promise<Kick[]> {
    const rows = await this.database.run((db) =>
      db
        .select({ uid: audit.subject, agoMs })
        .from(audit)
        .where(
          and(
            gt(audit.at, sql`clock_timestamp() - make_interval(secs => ${seconds}::double precision)`),
            eq(audit.act, "sockets.kick"),
          ),
        )
        .groupBy(audit.subject)
        .limit(KICKS),
    );
    return rows.map(({ uid, agoMs }) => ({ uid: uid!, agoMs }));
  }

  /** Deletes rows that are older than the days. @returns how many */
  async expire(): Promise<number> {
    let total = 0;
    for (let count = SWEEP; count === SWEEP; total += count) count = await this.#expireSome();
    return total;
  }

  async #expireSome(): Promise<number> {
    const old = sql`clock_timestamp() - make_interval(days => ${this.days}::int)`;
    const rows = await this.database.run((db) => {
      const some = db.select({ id: audit.id }).from(audit).where(lt(audit.at, old)).limit(SWEEP);
      return db.delete(audit).where(inArray(audit.id, some)).returning({ id: audit.id });
    });
    return rows.length;
  }
}
