/** The tables of mailboxes: frames that wait for their targets, and how much waits for each. */
import { and, asc, eq, gt, notExists, type SQL, sql } from "drizzle-orm";
import { array, joined } from "./arrays.ts";
import type { Database } from "./database.ts";
import { type Drizzle, rowsOf } from "./driver.ts";
import { mailboxes, mailboxFrames, users } from "./schema.ts";

/** A frame to be stored. */
export interface NewFrame {
  readonly uid: number;
  readonly frame: Uint8Array;
  /** Accepted before, so that the quota no longer applies to it. */
  readonly accepted: boolean;
}

export interface StoredFrame {
  readonly id: number;
  readonly frame: Uint8Array;
}

/** What waits in all mailboxes together. */
export interface MailboxSums {
  readonly users: number;
  readonly frames: number;
  readonly bytes: number;
}

/** What became of a frame that was to be stored. */
export type StoreOutcome = "stored" | "unknown_user" | "mailbox_full";

/** How much may wait for one user, and for how long. */
export interface MailboxQuota {
  readonly frames: number;
  readonly bytes: number;
  readonly days: number;
}

/** One read of a mailbox ends at this many frames or, past the first frame, bytes. */
export const PAGE_FRAMES = 1000;
const PAGE_BYTES = 256 * 1024;

/** Rows that one statement of the expiry deletes at most, so that it holds no lock for long. */
const EXPIRY_ROWS = 5000;

/** The embedded database works on the thread that serves the sockets: this many frames hold it up for some 10 ms. */
const EMBEDDED_BATCH = 200;

export class Mailboxes {
  /** Frames that one `append` should carry at most. */
  readonly largestBatch: number;

  constructor(
    readonly database: Database,
    readonly quota: MailboxQuota,
  ) {
    this.largestBatch = database.kind === "pglite" ? EMBEDDED_BATCH : Number.POSITIVE_INFINITY;
  }

  /**
   * Stores frames in one transaction, in their order.
   * @returns for each frame what became of it; once this returns, `stored` frames are on disk
   */
  append(batch: readonly NewFrame[]): Promise<StoreOutcome[]> {
    return this.database.run((db) => db.transaction((tx) => this.#append(tx, batch)), {
      what: "store frames",
      count: batch.length,
    });
  }

  async #append(tx: Drizzle, batch: readonly NewFrame[]): Promise<StoreOutcome[]> {
    const waiting = await lock(tx, new Set(batch.map(({ uid }) => uid)));
    const added = new Map<number, { frames: number; bytes: number }>();
    const outcomes: StoreOutcome[] = [];
    const fitting: NewFrame[] = [];
    for (const entry of batch) {
      const mailbox = waiting.get(entry.uid);
      if (mailbox === undefined) {
        outcomes.push("unknown_user");
        continue;
      }
      const full = mailbox.frames >= this.quota.frames || mailbox.bytes + entry.frame.length > this.quota.bytes;
      if (full && !entry.accepted) {
        outcomes.push("mailbox_full");
        continue;
      }
      mailbox.frames++;
      mailbox.bytes += entry.frame.length;
      const sum = added.get(entry.uid) ?? { frames: 0, bytes: 0 };
      sum.frames++;
      sum.bytes += entry.frame.length;
      added.set(entry.uid, sum);
      fitting.push(entry);
      outcomes.push("stored");
    }
    if (fitting.length > 0) await Promise.all([insert(tx, fitting), addToTotals(tx, added)]);
    return outcomes;
  }

  /** Which of these users have frames waiting. */
  async waiting(uids: readonly number[]): Promise<Set<number>> {
    const rows = await this.database.run(
      (db) =>
        db
          .select({ uid: mailboxes.uid })
          .from(mailboxes)
          .where(and(sql`${mailboxes.uid} = any(${array(uids)}::bigint[])`, gt(mailboxes.frames, 0))),
      { what: "find waiting mailboxes", count: uids.length },
    );
    return new Set(rows.map(({ uid }) => uid));
  }

  /** Reads every mailbox's totals. */
  async sums(): Promise<MailboxSums> {
    const [sums] = await this.database.run((db) =>
      db
        .select({
          users: sql`count(*)`.mapWith(Number),
          frames: sql`coalesce(sum(${mailboxes.frames}), 0)`.mapWith(Number),
          bytes: sql`coalesce(sum(${mailboxes.bytes}), 0)`.mapWith(Number),
        })
        .from(mailboxes)
        .where(gt(mailboxes.frames, 0)),
    );
    return sums!;
  }

  /** A user's frames after the one with id `after`, oldest first: at most a page of them. None: that is all. */
  read(uid: number, after: number): Promise<StoredFrame[]> {
    return this.database.run(async (db) => {
      const page = db
        .select({
          id: mailboxFrames.id,
          frame: mailboxFrames.frame,
          before:
            sql<number>`sum(octet_length(${mailboxFrames.frame})) over (order by ${mailboxFrames.id}) - octet_length(${mailboxFrames.frame})`.as(
              "before",
            ),
        })
        .from(mailboxFrames)
        .where(and(eq(mailboxFrames.uid, uid), gt(mailboxFrames.id, after)))
        .orderBy(asc(mailboxFrames.id))
        .limit(PAGE_FRAMES)
        .as("page");
      return db
        .select({ id: page.id, frame: page.frame })
        .from(page)
        .where(sql`${page.before} < ${PAGE_BYTES}`)
        .orderBy(asc(page.id));
    });
  }

  /** Deletes, for each user, the frames up to and with an id. */
  remove(confirmed: ReadonlyMap<number, number>): Promise<void> {
    return this.database.run(
      (db) =>
        db.transaction(async (tx) => {
          await lockOnly(tx, confirmed.keys());
          const upTo = sql`unnest(${array(confirmed.keys())}::bigint[], ${array(confirmed.values())}::bigint[])`;
          await remove(tx, sql`${upTo} as c(uid, up_to) where f.uid = c.uid and f.id <= c.up_to`);
        }),
      { what: "delete confirmed frames", count: confirmed.size },
    );
  }

  /** Deletes frames that have waited longer than the quota's days. @returns how many */
  async expire(): Promise<number> {
    let total = 0;
    for (let count = EXPIRY_ROWS; count === EXPIRY_ROWS; total += count) {
      count = await this.database.run((db) => db.transaction((tx) => this.#expireSome(tx)));
    }
    return total;
  }

  async #expireSome(tx: Drizzle): Promise<number> {
    const old = await tx
      .select({ uid: mailboxFrames.uid, id: mailboxFrames.id })
      .from(mailboxFrames)
      .where(sql`${mailboxFrames.storedAt} < now() - make_interval(days => ${this.quota.days})`)
      .limit(EXPIRY_ROWS);
    if (old.length === 0) return 0;
    await lockOnly(tx, new Set(old.map(({ uid }) => uid)));
    const uids = array(old.map(({ uid }) => uid));
    const ids = array(old.map(({ id }) => id));
    await remove(
      tx,
      sql`unnest(${uids}::bigint[], ${ids}::bigint[]) as c(uid, id) where f.uid = c.uid and f.id = c.id`,
    );
    return old.length;
  }
}

/**
 * Locks mailboxes for frames to be added, until the transaction ends: in the order of uid, so that two batches never wait for
 * each other, and each after its user's row, as the end of an account locks them. Ids are handed out and committed under this
 * lock: whoever has read up to an id has seen every smaller one.
 * @returns what waits in each; a user who does not exist is missing
 */
async function lock(tx: Drizzle, uids: Iterable<number>): Promise<Map<number, { frames: number; bytes: number }>> {
  const wanted = [...uids];
  const mine = sql`${mailboxes.uid} = any(${array(wanted)}::bigint[])`;
  // All or none: to make a mailbox while others are locked would be out of order.
  const there = sql`(select count(*) from ${mailboxes} where ${mine}) = ${wanted.length}`;
  const found = await lockWithUsers(tx, sql`${mine} and ${there}`);
  if (found.size === wanted.length) return found;
  await tx
    .insert(mailboxes)
    .select(
      tx
        .select({ uid: users.uid, frames: sql<number>`0`.as("frames"), bytes: sql<number>`0`.as("bytes") })
        .from(users)
        .where(
          and(
            sql`${users.uid} = any(${array(wanted)}::bigint[])`,
            notExists(tx.select().from(mailboxes).where(eq(mailboxes.uid, users.uid))),
          ),
        )
        .orderBy(asc(users.uid))
        // Waits for whoever is deleting the user, and then finds none.
        .for("key share"),
    )
    .onConflictDoNothing();
  return lockWithUsers(tx, mine);
}

async function lockWithUsers(tx: Drizzle, condition: SQL) {
  // By hand, for Drizzle knows one lock for each query.
  const rows = rowsOf<Record<"uid" | "frames" | "bytes", unknown>>(
    await tx.execute(sql`
      select ${mailboxes.uid}, ${mailboxes.frames}, ${mailboxes.bytes} from ${mailboxes}
      join ${users} on ${users.uid} = ${mailboxes.uid} where ${condition}
      order by ${mailboxes.uid} for key share of ${users} for update of ${mailboxes}`),
  );
  return new Map(rows.map(({ uid, frames, bytes }) => [Number(uid), { frames: Number(frames), bytes: Number(bytes) }]));
}

/** Locks mailboxes for frames to be taken out, in the same order. */
const lockOnly = (tx: Drizzle, uids: Iterable<number>) =>
  tx
    .select({ uid: mailboxes.uid })
    .from(mailboxes)
    .where(sql`${mailboxes.uid} = any(${array(uids)}::bigint[])`)
    .orderBy(asc(mailboxes.uid))
    .for("update");

/** One statement for many frames: their bytes go as one parameter and are cut apart by the database. */
async function insert(tx: Drizzle, batch: readonly NewFrame[]): Promise<void> {
  const { all, starts, lengths } = joined(batch.map(({ frame }) => frame));
  const rows = sql`unnest(${array(batch.map(({ uid }) => uid))}::bigint[], ${array(starts)}::int[], ${array(lengths)}::int[])`;
  await tx.execute(
    sql`insert into ${mailboxFrames} (uid, frame) select uid, substring(${all}::bytea from start for length) from ${rows} with ordinality as t(uid, start, length, place) order by place`,
  );
}

async function addToTotals(tx: Drizzle, added: ReadonlyMap<number, { frames: number; bytes: number }>): Promise<void> {
  const sums = [...added.values()];
  const rows = sql`unnest(${array(added.keys())}::bigint[], ${array(sums.map(({ frames }) => frames))}::int[], ${array(sums.map(({ bytes }) => bytes))}::bigint[])`;
  await tx.execute(
    sql`update ${mailboxes} m set frames = m.frames + t.frames, bytes = m.bytes + t.bytes from ${rows} as t(uid, frames, bytes) where m.uid = t.uid`,
  );
}

/** Deletes the frames `f` that `using` picks, and takes them off their mailboxes' totals, in one statement. */
async function remove(tx: Drizzle, using: SQL): Promise<void> {
  await tx.execute(sql`
    with gone as (
      delete from ${mailboxFrames} f using ${using} returning f.uid, octet_length(f.frame) as size
    ), sums as (
      select uid, count(*) as frames, sum(size) as bytes from gone group by uid
    )
    update ${mailboxes} m set frames = m.frames - sums.frames, bytes = m.bytes - sums.bytes from sums where m.uid = sums.uid`);
}
