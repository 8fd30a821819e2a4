/** The tables of history, as people ask for them: their conversations, what was said, and how far they have read. */
import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import { array } from "./arrays.ts";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { lock } from "./history.ts";
import { conversations, messages } from "./history-schema.ts";

export interface StoredMessage {
  /** Cursors are these. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** As in the frame: unsigned, 64 bits. */
  readonly msgId: bigint;
  readonly timestamp: bigint;
  readonly data: Uint8Array;
  readonly storedAt: Date;
}

export interface Conversation {
  readonly peer: number;
  readonly unread: number;
  /** The peer has read this user's messages up to this id; 0: none that is known. */
  readonly peerRead: number;
  readonly last: StoredMessage;
}

/** @param next the cursor for what follows; undefined: that is all */
export interface Page<T> {
  readonly found: readonly T[];
  readonly next: number | undefined;
}

/** Up to where somebody has read: to the peer's message of this id, signed as the database has it, or all. */
export interface ReadMark {
  readonly owner: number;
  readonly peer: number;
  readonly msgId: bigint | undefined;
}

/** A page ends here, or after its first message if that is larger. */
const PAGE_BYTES = 1 << 20;
/** A message that was read is looked for among so many that were not, and so many at most are counted as unread after it. */
const SEARCHED = 1000;

const unsigned = (bits: bigint) => BigInt.asUintN(64, bits);

/** A message's columns, in a page of this order: past `PAGE_BYTES` its data is left out, and says so by being null. */
const columns = (order: SQL) => ({
  id: messages.id,
  low: messages.low,
  high: messages.high,
  sender: messages.sender,
  msgId: messages.msgId,
  timestamp: messages.timestamp,
  data: sql<Uint8Array | null>`case when sum(octet_length(${messages.data})) over (order by ${order}) - octet_length(${messages.data}) < ${PAGE_BYTES} then ${messages.data} end`,
  storedAt: messages.storedAt,
});
type Row = Omit<typeof messages.$inferSelect, "fingerprint" | "data"> & { readonly data: Uint8Array | null };

const messageOf = (row: Row): StoredMessage => ({
  id: row.id,
  from: row.sender,
  to: row.sender === row.low ? row.high : row.low,
  msgId: unsigned(row.msgId),
  timestamp: unsigned(row.timestamp),
  data: row.data!,
  storedAt: row.storedAt,
});

export class Conversations {
  constructor(readonly database: Database) {}

  /** A user's conversations, newest first. @param before a cursor: those whose last message is older */
  list(owner: number, before: number | undefined, limit: number): Promise<Page<Conversation>> {
    return this.database.run(async (db) => {
      const own = db
        .select({ peer: conversations.peer, unread: conversations.unread, lastId: conversations.lastId })
        .from(conversations)
        .where(and(eq(conversations.owner, owner), lt(conversations.lastId, before ?? Number.MAX_SAFE_INTEGER)))
        .orderBy(desc(conversations.lastId))
        .limit(limit + 1)
        .as("own");
      // No join: of a user with many conversations the database would read every peer's side, for a page of them. And not by
      // both columns being equal: it would take the primary key, by which each of these rows lies on pages of its own.
      const peerRead = sql<number>`(select case when o.owner = ${own.peer} then o.read_id end from ${conversations} o
        where o.peer = ${owner} and o.owner >= ${own.peer} order by o.owner limit 1)`;
      const rows = await db
        .select({
          ...columns(desc(own.lastId)),
          peer: own.peer,
          unread: own.unread,
          peerRead: peerRead.mapWith(Number),
        })
        .from(own)
        .innerJoin(
          messages,
          and(
            sql`${messages.low} = least(${owner}::bigint, ${own.peer})`,
            sql`${messages.high} = greatest(${owner}::bigint, ${own.peer})`,
            eq(messages.id, own.lastId),
          ),
        )
        .orderBy(desc(own.lastId))
        .prepare("conversations")
        .execute();
      return pageOf(rows, limit, (row) => ({
        peer: row.peer,
        unread: row.unread,
        peerRead: row.peerRead,
        last: messageOf(row),
      }));
    });
  }

  /** What two people wrote before a message, newest first. @param before its id; undefined: up to now */
  before(one: number, other: number, before: number | undefined, limit: number): Promise<Page<StoredMessage>> {
    const range = lt(messages.id, before ?? Number.MAX_SAFE_INTEGER);
    return this.#messages(pair(one, other, range), desc, limit);
  }

  /** What they wrote after a message, oldest first. */
  after(one: number, other: number, after: number, limit: number): Promise<Page<StoredMessage>> {
    return this.#messages(pair(one, other, gt(messages.id, after)), asc, limit);
  }

  #messages(which: SQL | undefined, order: typeof asc | typeof desc, limit: number): Promise<Page<StoredMessage>> {
    return this.database.run(async (db) => {
      const rows = await db
        .select(columns(order(messages.id)))
        .from(messages)
        .where(which)
        .orderBy(order(messages.id))
        .limit(limit + 1)
        .prepare("messages")
        .execute();
      return pageOf(rows, limit, messageOf);
    });
  }

  /**
   * Notes up to where people have read. Nothing is ever unread again.
   * @returns those whose message is not there: it may be on its way from another node, or read, or none
   */
  markRead(marks: readonly ReadMark[]): Promise<ReadMark[]> {
    const owners = array(marks.map(({ owner }) => owner));
    const peers = array(marks.map(({ peer }) => peer));
    const msgIds = array(marks.map(({ msgId }) => msgId ?? null));
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        await lock(tx, sql`select distinct * from unnest(${owners}::bigint[], ${peers}::bigint[]) as t(owner, peer)`);
        const rows = await findRead(tx, sql`unnest(${owners}::bigint[], ${peers}::bigint[], ${msgIds}::bigint[])`);
        const found = rows.filter(({ id }) => id > 0);
        if (found.length > 0) await setRead(tx, found);
        const there = new Set(found.map(({ place }) => place));
        return marks.filter((_, index) => !there.has(index + 1));
      }),
    );
  }
}

interface ReadUpTo {
  readonly place: number;
  readonly owner: number;
  readonly peer: number;
  /** 0: it is not among those that are not read. */
  readonly id: number;
}

/** A statement of its own, after the lock: it sees what was written meanwhile. */
function findRead(tx: Drizzle, marks: SQL): Promise<ReadUpTo[]> {
  const number = (name: string) => sql<number>`${sql.identifier(name)}`.mapWith(Number);
  return tx
    .select({ place: number("place"), owner: number("owner"), peer: number("peer"), id: number("id") })
    .from(sql`(
    select k.place, c.owner, c.peer, case when k.msg_id is null then c.last_id else coalesce((
      select max(m.id) from (
        select id, sender, msg_id from ${messages} n
        where n.low = least(c.owner, c.peer) and n.high = greatest(c.owner, c.peer) and n.id > c.read_id
        order by n.id desc limit ${SEARCHED}
      ) m where m.sender = c.peer and m.msg_id = k.msg_id), 0) end as id
    from ${marks} with ordinality as k(owner, peer, msg_id, place)
    join ${conversations} c on c.owner = k.owner and c.peer = k.peer) as found`);
}

async function setRead(tx: Drizzle, found: readonly ReadUpTo[]): Promise<void> {
  const rows = sql`unnest(${array(found.map(({ owner }) => owner))}::bigint[], ${array(found.map(({ peer }) => peer))}::bigint[], ${array(found.map(({ id }) => id))}::bigint[])`;
  await tx.execute(sql`
    update ${conversations} c set read_id = r.id, unread = (
      select count(*) from (
        select from ${messages} m
        where m.low = least(c.owner, c.peer) and m.high = greatest(c.owner, c.peer) and m.id > r.id
          and m.sender = c.peer and c.owner <> c.peer
        limit ${SEARCHED}
      ) newer)
    from (select owner, peer, max(id) as id from ${rows} as t(owner, peer, id) group by owner, peer) r
    where c.owner = r.owner and c.peer = r.peer and r.id >= c.read_id`);
}

const pair = (one: number, other: number, range: SQL) =>
  and(eq(messages.low, Math.min(one, other)), eq(messages.high, Math.max(one, other)), range);

/** One row more than asked for, or one without data, says that there is more. */
function pageOf<R extends Pick<Row, "id" | "data">, T>(
  rows: readonly R[],
  limit: number,
  read: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit).filter(({ data }) => data !== null);
  return { found: shown.map(read), next: shown.length < rows.length ? shown.at(-1)!.id : undefined };
}
