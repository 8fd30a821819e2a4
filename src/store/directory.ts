/**
 * The directory: users by filters and part of the name, those who are online first, the newest first among each.
 *
 * Without a name every page is a stretch of an index. With one it is read in one of two ways: where many names hold the part,
 * along that same index past those that do not; where few do, all of them from the index of parts, and then sorted. Either
 * would take seconds in the other's place, so a look at the newest entries decides, whose cost is bounded.
 */
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./database.ts";
import { blocks, presence } from "./people-schema.ts";
import { users } from "./schema.ts";

export interface Filter {
  readonly userType?: number | undefined;
  readonly language?: number | undefined;
  readonly country?: number | undefined;
  /** Part of a name's key: folded as the key is, no control characters. */
  readonly namePart?: string | undefined;
}

/** Where a page ended. */
export interface Place {
  readonly online: boolean;
  readonly uid: number;
  /**
   * When the first page was asked for, in ms since 1970 by the database's clock. Who comes later stays among those who are
   * offline: nobody is passed over since they came while somebody read on.
   */
  readonly startedMs: number;
}

export interface Page {
  readonly uids: readonly number[];
  /** undefined: there are no more. */
  readonly next: Place | undefined;
}

interface Entry {
  readonly uid: number;
  readonly online: boolean;
}

/** Entries looked at to tell whether a part of a name is common: some 3 ms, as they are read from an index alone. */
const LOOKED_AT = 8000;
/** So many among them, and it is: of a million users fewer than some thousand have a rarer one. */
const COMMON = 8;
/** Past every uid. */
const TOP = 2 ** 53;
const USER_TYPES = [1, 2];
/** No name holds it. */
const SEPARATOR = "\u0001";
/** Characters of the longest run of a name that is indexed. */
const LONGEST_RUN = 3;

export class Directory {
  constructor(readonly database: Database) {}

  /**
   * A page of what `viewer` sees: not the viewer, nor who is disabled or blocked by the viewer; those who have blocked the viewer
   * are there, and offline.
   * @param after where the page before ended; undefined: the first page
   * @throws StoreUnavailable
   */
  async page(viewer: number, filter: Filter, after: Place | undefined, limit: number): Promise<Page> {
    const place = after ?? { online: true, uid: TOP, startedMs: await this.#now() };
    const search = new Search(viewer, filter, place.startedMs);
    const walks = filter.namePart === undefined || (await this.#isCommon(search));
    // One more than asked for tells whether there are more.
    const found = await (walks ? this.#walk(search, place, limit + 1) : this.#collect(search, place, limit + 1));
    const entries = found.slice(0, limit);
    const next = found.length > limit ? { ...entries.at(-1)!, startedMs: place.startedMs } : undefined;
    return { uids: entries.map(({ uid }) => uid), next };
  }

  /** Along the index, those who are online first. */
  async #walk(search: Search, { online, uid }: Place, count: number): Promise<Entry[]> {
    const first = online ? await this.#uids(search.online(uid, count)) : [];
    const entries = first.map((each) => ({ uid: each, online: true }));
    if (entries.length === count) return entries;
    const rest = await this.#uids(search.offline(online ? TOP : uid, count - entries.length));
    return [...entries, ...rest.map((each) => ({ uid: each, online: false }))];
  }

  /** All that there are, sorted. */
  #collect(search: Search, place: Place, count: number): Promise<Entry[]> {
    return this.database.run((db) =>
      db
        .select({ uid: sql<number>`uid`.mapWith(Number), online: sql<boolean>`online` })
        .from(sql`(${search.matches()} offset 0) as matches`)
        .where(sql`(online, uid) < (${place.online}::boolean, ${place.uid}::bigint)`)
        .orderBy(sql`online desc, uid desc`)
        .limit(count),
    );
  }

  async #isCommon(search: Search): Promise<boolean> {
    return (await this.#uids(search.sample())).length === COMMON;
  }

  async #uids(query: SQL): Promise<number[]> {
    const rows = await this.database.run((db) =>
      db.select({ uid: sql<number>`uid`.mapWith(Number) }).from(sql`(${query}) as entries`),
    );
    return rows.map(({ uid }) => uid);
  }

  async #now(): Promise<number> {
    const now = sql<number>`ceil(extract(epoch from clock_timestamp()) * 1000)::double precision`;
    const rows = await this.database.run((db) => db.select({ ms: now }).from(sql`(values (1)) as one`));
    return rows[0]!.ms;
  }
}

/** Asked of the table, for the indexes that are read in order do not say. */
const IS_ENABLED = sql`(select disabled_at from ${users} d where d.uid = e.uid) is null`;

/** One question in SQL. Subqueries, not joins: each is asked of the few entries that the index has left. */
class Search {
  readonly #viewer: number;
  readonly #filter: Filter;
  readonly #startedMs: number;

  constructor(viewer: number, filter: Filter, startedMs: number) {
    this.#viewer = viewer;
    this.#filter = filter;
    this.#startedMs = startedMs;
  }

  /** Those below a uid who are online, the greatest first. */
  online(below: number, count: number): SQL {
    return this.#stretch(
      presence,
      sql`online and uid < ${below} and ${this.#wanted} and ${IS_ENABLED} and ${this.#isOnline}`,
      count,
    );
  }

  offline(below: number, count: number): SQL {
    return this.#stretch(
      users,
      sql`uid < ${below} and ${this.#wanted} and ${IS_ENABLED} and not ${this.#isOnline}`,
      count,
    );
  }

  /** Those of the newest entries whose names hold the part, as many as make it common. */
  sample(): SQL {
    const share = LOOKED_AT / this.#types.length;
    const looked = this.#types.map(
      (type) =>
        sql`(select uid, uname_key from ${users} e where ${this.#filtered(type)} order by uid desc limit ${share})`,
    );
    return sql`select uid from (${sql.join(looked, sql` union all `)}) as looked where ${this.#named} limit ${COMMON}`;
  }

  /** All whose names hold the part, and whether each is online. */
  matches(): SQL {
    const terms = sql`string_to_array(${this.#terms.join(SEPARATOR)}::text, ${SEPARATOR}::text)`;
    return sql`select uid, ${this.#isOnline} as online from ${users} e
      where directory_terms(uname_key, user_type, language, country) @> ${terms} and ${this.#wanted} and disabled_at is null`;
  }

  /** Each user type's part of the index in its order, merged. */
  #stretch(table: PgTable, condition: SQL, count: number): SQL {
    const parts = this.#types.map(
      (type) =>
        sql`(select uid from ${table} e where ${this.#filtered(type)} and ${condition} order by uid desc limit ${count})`,
    );
    return sql`select uid from (${sql.join(parts, sql` union all `)}) as stretch order by uid desc limit ${count}`;
  }

  get #types(): readonly number[] {
    return this.#filter.userType === undefined ? USER_TYPES : [this.#filter.userType];
  }

  #filtered(type: number): SQL {
    const { language, country } = this.#filter;
    const conditions = [sql`user_type = ${type}`];
    if (language !== undefined) conditions.push(sql`language = ${language}`);
    if (country !== undefined) conditions.push(sql`country = ${country}`);
    return sql.join(conditions, sql` and `);
  }

  get #named(): SQL {
    const { namePart } = this.#filter;
    return namePart === undefined ? sql`true` : sql`strpos(uname_key, ${namePart}) > 0`;
  }

  /** Not the viewer, nor whom the viewer has blocked. */
  get #wanted(): SQL {
    return sql`${this.#named} and uid <> ${this.#viewer}
      and (select true from ${blocks} b where b.uid = ${this.#viewer} and b.blocked = e.uid) is null`;
  }

  /** When the first page was asked for, as far as the viewer may know. */
  get #isOnline(): SQL {
    return sql`(coalesce((select p.online and p.since <= to_timestamp(${this.#startedMs} / 1000.0) from ${presence} p
      where p.uid = e.uid), false) and (select true from ${blocks} b where b.uid = e.uid and b.blocked = ${this.#viewer}) is null)`;
  }

  /** What a matching entry is found by: the part's runs, and the filters as `directory_terms` writes them. */
  get #terms(): string[] {
    const { userType, language, country, namePart = "" } = this.#filter;
    const characters = [...namePart];
    const size = Math.min(LONGEST_RUN, characters.length);
    const terms: string[] = [];
    for (let at = 0; at + size <= characters.length; at++) terms.push(characters.slice(at, at + size).join(""));
    if (userType !== undefined) terms.push(`type:${userType}`);
    if (language !== undefined) terms.push(`language:${language}`);
    if (country !== undefined) terms.push(`country:${country}`);
    return terms;
  }
}
