/** The table of presence: who is online, as the nodes write it down. */
import { and, asc, eq, gt, inArray, ne, type SQL, sql } from "drizzle-orm";
import { array } from "./arrays.ts";
import type { Database } from "./database.ts";
import type { Drizzle } from "./driver.ts";
import { nodes, presence } from "./people-schema.ts";
import { users } from "./schema.ts";

/** A node that has said nothing for this long is dead, in seconds; three of its signs of life are missing. */
const DEAD_SECONDS = 30;
/** Rows that one statement clears at most, so that it holds no lock for long. */
const CLEARED_AT_ONCE = 5000;
/** The embedded database works on the thread that serves the sockets. */
const EMBEDDED_BATCH = 100;
const BATCH = 1000;

/** What a node has to say of users. */
export interface Sightings {
  readonly came: readonly number[];
  readonly left: readonly number[];
  /** Users who left this node and are on another one, by that one. */
  readonly moved: ReadonlyMap<number, string>;
}

export class PresenceRows {
  /** Users that one `write` should carry at most. */
  readonly largestBatch: number;

  constructor(readonly database: Database) {
    this.largestBatch = database.kind === "pglite" ? EMBEDDED_BATCH : BATCH;
  }

  /** A sign of life. @throws StoreUnavailable */
  async alive(node: string): Promise<void> {
    await this.database.run((db) => lives(db, node));
  }

  /** Writes down who came and who left, all or nothing. Who moved to a node that is no more has left. @throws StoreUnavailable */
  write(node: string, { came, left, moved }: Sightings): Promise<void> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        // Whoever clears a dead node's users locks its row: these cannot be cleared unseen, nor come after it is deleted.
        await lives(tx, node);
        const byNode = Map.groupBy(moved, ([, other]) => other);
        const living = await stay(tx, [...byNode.keys()]);
        if (came.length > 0) await arrive(tx, node, came);
        const gone = [...left];
        for (const [other, movers] of byNode) {
          const uids = movers.map(([uid]) => uid);
          if (living.has(other)) await tx.update(presence).set({ node: other }).where(isAt(node, uids));
          else gone.push(...uids);
        }
        if (gone.length > 0) await leave(tx, isAt(node, gone));
      }),
    );
  }

  /** A page of those whom this node has said to be online and not yet gone, by uid. */
  async onlineAt(node: string, after: number): Promise<number[]> {
    const rows = await this.database.run((db) =>
      db
        .select({ uid: presence.uid })
        .from(presence)
        .where(and(eq(presence.node, node), sql`${presence.online}`, gt(presence.uid, after)))
        .orderBy(asc(presence.uid))
        .limit(this.largestBatch),
    );
    return rows.map(({ uid }) => uid);
  }

  /** Which of these are online on some node, as far as is written down. */
  async onlineAmong(uids: readonly number[]): Promise<Set<number>> {
    const rows = await this.database.run((db) =>
      db
        .select({ uid: presence.uid })
        .from(presence)
        .where(sql`${presence.uid} = any(${array(uids)}::bigint[]) and ${presence.online}`),
    );
    return new Set(rows.map(({ uid }) => uid));
  }

  /** The node stops, or is new: nobody is online on it. */
  async clear(node: string): Promise<void> {
    while (await this.#clearSome(eq(nodes.node, node), {}));
  }

  /**
   * Nobody is online on a node that is dead.
   * @param node the one that asks; every other one that used an embedded database is dead
   */
  async clearDead(node: string): Promise<void> {
    const dead = this.database.kind === "pglite" ? ne(nodes.node, node) : nodeIsDead;
    while (await this.#clearSome(dead, { skipLocked: true }));
  }

  /** @returns false: there was nothing to clear */
  #clearSome(which: SQL, whoWaits: { skipLocked?: true }): Promise<boolean> {
    return this.database.run((db) =>
      db.transaction(async (tx) => {
        const found = await tx.select({ node: nodes.node }).from(nodes).where(which).limit(1).for("update", whoWaits);
        const node = found[0]?.node;
        if (node === undefined) return false;
        const some = tx
          .select({ uid: presence.uid })
          .from(presence)
          .where(and(eq(presence.node, node), sql`${presence.online}`))
          .orderBy(asc(presence.uid))
          .limit(CLEARED_AT_ONCE);
        const cleared = await leave(tx, inArray(presence.uid, some));
        if (cleared < CLEARED_AT_ONCE) await tx.delete(nodes).where(eq(nodes.node, node));
        return true;
      }),
    );
  }
}

/** True of a node that is dead. */
export const nodeIsDead = sql`${nodes.seenAt} < clock_timestamp() - make_interval(secs => ${DEAD_SECONDS})`;

const lives = (db: Drizzle, node: string) =>
  db
    .insert(nodes)
    .values({ node, seenAt: sql`clock_timestamp()` })
    .onConflictDoUpdate({ target: nodes.node, set: { seenAt: sql`excluded.seen_at` } });

/** Sees to it that no node of these is cleared before the transaction ends. @returns those that were not before */
async function stay(tx: Drizzle, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const rows = await tx
    .select({ node: nodes.node })
    .from(nodes)
    .where(inArray(nodes.node, [...names]))
    .orderBy(nodes.node)
    .for("key share");
  return new Set(rows.map(({ node }) => node));
}

const isAt = (node: string, uids: readonly number[]) =>
  sql`${presence.node} = ${node} and ${presence.uid} = any(${array(uids)}::bigint[])`;

/** Locks the users' rows, in the order of uid: a change of what the directory filters by cannot pass this by. */
async function arrive(tx: Drizzle, node: string, uids: readonly number[]): Promise<void> {
  await tx.execute(sql`
    insert into ${presence} (uid, online, node, since, user_type, language, country, uname_key)
    select uid, true, ${node}::text, clock_timestamp(), user_type, language, country, uname_key from ${users}
    where uid = any(${array(uids)}::bigint[]) order by uid for share
    on conflict (uid) do update set online = true, node = excluded.node,
      since = case when presence.online then presence.since else excluded.since end,
      user_type = excluded.user_type, language = excluded.language, country = excluded.country`);
}

/** @returns how many there were */
async function leave(tx: Drizzle, who: ReturnType<typeof and>): Promise<number> {
  const gone = await tx
    .update(presence)
    .set({ online: false, lastSeen: sql`clock_timestamp()` })
    .where(and(sql`${presence.online}`, who))
    .returning({ uid: presence.uid });
  return gone.length;
}
