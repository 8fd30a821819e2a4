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

/** A row of a page. The first page's also says when it was asked for. */
interface Entry {
  readonly uid: number;
  readonly online: boolean;
  readonly startedMs: number;
}

/** Entries looked at to tell whether a part of a name is common: some 1 ms, as they are read from an index alone. */
const LOOKED_AT = 8000;
/** So many among them, and it is: of a million users fewer than some thousand have a rarer one. */
const COMMON = 8;
/** Past every uid, and before. */
const TOP = 2 ** 53;
const NOBODY = 0;
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
    const search = new Search(viewer, filter, after);
    const walks = filter.namePart === undefined || (await this.#isCommon(search));
    // One more than asked for tells whether there are more.
    const found = await this.#entries(walks ? search.walk(limit + 1) : search.collect(limit + 1));
    const entries = found.slice(0, limit);
    return { uids: entries.map(({ uid }) => uid), next: found.length > limit ? entries.at(-1) : undefined };
  }

  async #isCommon(search: Search): Promise<boolean> {
    const rows = await this.database.run((db) =>
      db
        .select({ hits: sql<number>`count(*)::int` })
        .from(sql`(${search.sample()}) as hits`)
        .prepare("directory_sample")
        .execute(),
    );
    return rows[0]!.hits === COMMON;
  }

  #entries(query: SQL): Promise<Entry[]> {
    return this.database.run((db) =>
      db
        .select({
          uid: sql<number>`uid`.mapWith(Number),
          online: sql<boolean>`online`,
          startedMs: sql<number>`started_ms`,
        })
        .from(sql`(${query}) as entries`)
        .orderBy(sql`online desc, uid desc`)
        .prepare("directory_page")
        .execute(),
    );
  }
}

/** Asked of the table, for the indexes that are read in order do not say. */
const IS_ENABLED = sql`(select disabled_at from ${users} d where d.uid = e.uid) is null`;

/** One question in SQL. Subqueries, not joins: each is asked of the few entries that the index has left. */
class Search {
  readonly #viewer: number;
  readonly #filter: Filter;
  /** undefined: from the beginning, now. */
  readonly #after: Place | undefined;

  constructor(viewer: number, filter: Filter, after: Place | undefined) {
    this.#viewer = viewer;
    this.#filter = filter;
    this.#after = after;
  }

  /** A page along the index. */
  walk(count: number): SQL {
    const wanted = sql`${this.#named} and uid <> ${this.#viewer} and ${IS_ENABLED} and ${this.#isUnblocked}`;
    return this.#page(
      this.#asked,
      this.#stretch(presence, sql`online and uid < ${this.#onlineBelow} and ${wanted} and ${this.#isOnline}`, count),
      this.#stretch(users, sql`uid < ${this.#offlineBelow} and ${wanted} and not (${this.#isOnline})`, count),
      count,
    );
  }

  /** A page of all whose names hold the part. They are sorted first: only those up to the page's end are asked about. */
  collect(count: number): SQL {
    const terms = sql`string_to_array(${this.#terms.join(SEPARATOR)}::text, ${SEPARATOR}::text)`;
    const matches = sql`select uid from ${users} e
      where directory_terms(uname_key, user_type, language, country) @> ${terms} and ${this.#named} and uid <> ${this.#viewer}
        and disabled_at is null`;
    const sorted = (below: number, condition: SQL) =>
      sql`select uid from (select uid from matches where uid < ${below} order by uid desc offset 0) e
        where ${this.#isUnblocked} and ${condition} limit ${count}`;
    return this.#page(
      sql`${this.#asked}, matches as materialized (${matches})`,
      sorted(this.#onlineBelow, this.#isOnline),
      sorted(this.#offlineBelow, sql`not (${this.#isOnline})`),
      count,
    );
  }

  /** @param given what both parts refer to. @param offline is read as far as those who are online leave room */
  #page(given: SQL, online: SQL, offline: SQL, count: number): SQL {
    return sql`with ${given}, first as materialized (${online})
      select uid, true as online, ms as started_ms from first, asked
      union all
      select uid, false, ms from
        (select uid from (${offline}) as rest limit ${count} - (select count(*) from first)) as rest, asked`;
  }

  /** When the first page was asked for. */
  get #asked(): SQL {
    const now = sql`ceil(extract(epoch from statement_timestamp()) * 1000)`;
    return sql`asked as materialized (select coalesce(${this.#after?.startedMs ?? null}::double precision, ${now})::double precision as ms)`;
  }

  get #onlineBelow(): number {
    if (this.#after === undefined) return TOP;
    return this.#after.online ? this.#after.uid : NOBODY;
  }

  get #offlineBelow(): number {
    return this.#after === undefined || this.#after.online ? TOP : this.#after.uid;
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

  /** The viewer has not blocked the entry. */
  get #isUnblocked(): SQL {
    return sql`(select true from ${blocks} b where b.uid = ${this.#viewer} and b.blocked = e.uid) is null`;
  }

  /** When the first page was asked for, as far as the viewer may know. */
  get #isOnline(): SQL {
    return sql`case when (select p.online and p.since <= to_timestamp((select ms from asked) / 1000.0) from ${presence} p where p.uid = e.uid)
      then (select true from ${blocks} b where b.uid = e.uid and b.blocked = ${this.#viewer}) is null else false end`;
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
