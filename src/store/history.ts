/** The tables of history, as they are written: messages in batches, and what each adds to two people's lists. */
import { count, min, type SQL, sql } from "drizzle-orm";
import {
  DATA_OFFSET,
  MIN_FRAME_BYTES,
  MSG_ID_OFFSET,
  readUid,
  TARGET_OFFSET,
  TIMESTAMP_OFFSET,
  UID_OFFSET,
} from "../protocol/frame.ts";
import { array, joined } from "./arrays.ts";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { conversations, messages } from "./history-schema.ts";
import { users } from "./schema.ts";

/** A frame to be kept. */
export interface NewMessage {
  readonly frame: Uint8Array;
  /** Any signed 64-bit number: of two messages that have the same, the first is kept. */
  readonly fingerprint: bigint;
}

/** The embedded database works on the thread that serves the sockets: this many messages hold it up for some 10 ms. */
const EMBEDDED_BATCH = 50;
const BATCH = 1000;
/** Counting all messages of a large history would take minutes. */
const MOST_COUNTED = 100_000;
/** Any number, the same on all nodes: who holds it deletes what is old. */
const EXPIRY_LOCK = 0x706f_6c79_68;

export class History {
  /** Messages that one `append` or one step of `expire` carries at most. */
  readonly largestBatch: number;
  /** Whether a statement takes time of the thread that serves the sockets. */
  readonly onThisThread: boolean;

  /** @param days after which a message is deleted */
  constructor(
    readonly database: Database,
    readonly days: number,
  ) {
    this.onThisThread = database.kind === "pglite";
    this.largestBatch = this.onThisThread ? EMBEDDED_BATCH : BATCH;
  }

  /**
   * Writes messages in one transaction, in their order. What is there already is passed over, and so is what was sent to
   * nobody. Their conversations move to the top of both lists; the targets' unread counts rise.
   */
  append(batch: readonly NewMessage[]): Promise<void> {
    const rows = rowsOf(batch);
    return this.database.run(
      (db) =>
        db.transaction(async (tx) => {
          await makeConversations(tx, rows.sides);
          await lock(tx, rows.sides);
          await insert(tx, rows);
        }),
      { what: "keep messages", count: batch.length },
    );
  }

  /** Deletes messages older than `days`, unless another node is about it. @returns how many */
  async expire(): Promise<number> {
    let total = 0;
    for (let count = this.largestBatch; count === this.largestBatch; total += count) {
      count = await this.database.run((db) => db.transaction((tx) => this.#expireSome(tx)));
    }
    return total;
  }

  async #expireSome(tx: Drizzle): Promise<number> {
    const [turn] = await tx
      .select({ mine: sql<boolean>`pg_try_advisory_xact_lock(${EXPIRY_LOCK}::bigint)` })
      .from(sql`(select 1) as one`);
    if (!turn!.mine) return 0;
    const old = await tx
      .select({ low: messages.low, high: messages.high, id: messages.id })
      .from(messages)
      .where(sql`${messages.storedAt} < now() - make_interval(days => ${this.days})`)
      .orderBy(messages.storedAt)
      .limit(this.largestBatch);
    if (old.length === 0) return 0;
    const lows = array(old.map(({ low }) => low));
    const highs = array(old.map(({ high }) => high));
    await lock(tx, bothSides(sql`unnest(${lows}::bigint[], ${highs}::bigint[]) as t(low, high)`));
    await remove(tx, sql`unnest(${lows}::bigint[], ${highs}::bigint[], ${array(old.map(({ id }) => id))}::bigint[])`);
    return old.length;
  }
}

/** What is left of a history that was kept once. */
export interface LeftMessages {
  /** Counted up to `MOST_COUNTED`. */
  readonly messages: number;
  readonly oldest: Date;
}

/** @returns undefined: nothing. @throws StoreUnavailable */
export async function leftMessages(database: Database): Promise<LeftMessages | undefined> {
  const [found] = await database.run((db) => {
    const some = db
      .select({ storedAt: messages.storedAt })
      .from(messages)
      .orderBy(messages.storedAt)
      .limit(MOST_COUNTED);
    const each = some.as("each");
    return db.select({ messages: count(), oldest: min(each.storedAt) }).from(each);
  });
  return found!.oldest === null ? undefined : { messages: found!.messages, oldest: found!.oldest };
}

interface Rows {
  /** The rows of `conversations` that these concern, as (owner, peer), each once. */
  readonly sides: SQL;
  /** A set of rows (low, high, sender, msg_id, at, fingerprint, start, length). */
  readonly all: SQL;
  readonly bytes: Uint8Array;
}

function rowsOf(batch: readonly NewMessage[]): Rows {
  const lows: number[] = [];
  const highs: number[] = [];
  const senders: number[] = [];
  const msgIds: bigint[] = [];
  const times: bigint[] = [];
  for (const { frame } of batch) {
    const sender = readUid(frame, UID_OFFSET);
    const target = readUid(frame, TARGET_OFFSET);
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    senders.push(sender);
    lows.push(Math.min(sender, target));
    highs.push(Math.max(sender, target));
    msgIds.push(view.getBigInt64(MSG_ID_OFFSET));
    times.push(view.getBigInt64(TIMESTAMP_OFFSET));
  }
  const { all, starts, lengths } = joined(batch.map(({ frame }) => frame));
  const fingerprints = array(batch.map(({ fingerprint }) => fingerprint));
  const [low, high] = [array(lows), array(highs)];
  return {
    sides: bothSides(sql`unnest(${low}::bigint[], ${high}::bigint[]) as t(low, high)`),
    all: sql`unnest(${low}::bigint[], ${high}::bigint[], ${array(senders)}::bigint[], ${array(msgIds)}::bigint[], ${array(times)}::bigint[], ${fingerprints}::bigint[], ${array(starts)}::int[], ${array(lengths)}::int[])`,
    bytes: all,
  };
}

const bothSides = (pairs: SQL) =>
  sql`select low as owner, high as peer from ${pairs} union select high, low from ${pairs}`;

/**
 * Those of users who exist. In the order in which they are locked, so that two batches never wait for each other; each is
 * looked up by its key, as in `lock`.
 */
async function makeConversations(tx: Drizzle, sides: SQL): Promise<void> {
  await tx.execute(sql`
    insert into ${conversations} (owner, peer)
    select s.owner, s.peer from (${sides}) s
    where (select true from ${conversations} c where c.owner = s.owner and c.peer = s.peer) is null
      and (select true from ${users} u where u.uid = s.owner) and (select true from ${users} u where u.uid = s.peer)
    order by s.owner, s.peer
    on conflict do nothing`);
}

/**
 * Locks conversations until the transaction ends, in the order of owner and peer. One by one, by the key: joined, they would
 * make the database read a table of some 100,000 rows as a whole for each batch. Counted, since reading an empty row for
 * each took more of this thread's time than all else.
 * @param sides rows (owner, peer), each once
 */
export async function lock(tx: Drizzle, sides: SQL): Promise<void> {
  await tx.execute(sql`
    select count(*) from (select owner, peer from (${sides}) each order by owner, peer) s cross join lateral (
      select from ${conversations} c where c.owner = s.owner and c.peer = s.peer for no key update
    ) locked`);
}

/** One statement: ids in the order of the batch, and what each conversation has more. */
async function insert(tx: Drizzle, { all, bytes }: Rows): Promise<void> {
  await tx.execute(sql`
    with new as (
      insert into ${messages} (low, high, sender, msg_id, timestamp, fingerprint, data)
      select t.low, t.high, t.sender, t.msg_id, t.at, t.fingerprint,
        substring(${bytes}::bytea from t.start + ${DATA_OFFSET}::int for t.length - ${MIN_FRAME_BYTES}::int)
      from ${all} with ordinality as t(low, high, sender, msg_id, at, fingerprint, start, length, place)
      join ${conversations} c on c.owner = t.low and c.peer = t.high
      order by t.place
      on conflict (fingerprint) do nothing
      returning low, high, sender, id
    ), sides as (
      select low as owner, high as peer, sender, id from new
      union all select high, low, sender, id from new where low <> high
    ), more as (
      select owner, peer, max(id) as id, count(*) filter (where sender <> owner) as unread from sides group by owner, peer
    )
    update ${conversations} c set last_id = m.id, unread = c.unread + m.unread
    from more m where c.owner = m.owner and c.peer = m.peer`);
}

/** Deletes messages (low, high, id), takes them off the unread counts, and deletes the conversations that they emptied. */
async function remove(tx: Drizzle, old: SQL): Promise<void> {
  await tx.execute(sql`
    with gone as (
      delete from ${messages} m using ${old} as t(low, high, id)
      where m.low = t.low and m.high = t.high and m.id = t.id returning m.low, m.high, m.sender, m.id
    ), sides as (
      select low as owner, high as peer, sender, id from gone
      union all select high, low, sender, id from gone where low <> high
    ), less as (
      select c.owner, c.peer, max(s.id) as id, count(*) filter (where s.sender <> s.owner and s.id > c.read_id) as unread
      from sides s join ${conversations} c on c.owner = s.owner and c.peer = s.peer group by c.owner, c.peer
    ), emptied as (
      delete from ${conversations} c using less l where c.owner = l.owner and c.peer = l.peer and c.last_id <= l.id
    )
    update ${conversations} c set unread = greatest(c.unread - l.unread, 0)
    from less l where c.owner = l.owner and c.peer = l.peer and c.last_id > l.id and l.unread > 0`);
}
