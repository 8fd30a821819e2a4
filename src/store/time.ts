/**
 * The database's clock decides what has expired: the clocks of the nodes may differ. Every expiry goes through here.
 * `clock_timestamp`, not `now`: the start of a transaction may lie behind.
 */
import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** The instant that many seconds from now. */
export const inSeconds = (seconds: number): SQL =>
  sql`clock_timestamp() + make_interval(secs => ${seconds}::double precision)`;

export const isOver = (at: PgColumn): SQL => sql`${at} <= clock_timestamp()`;
export const isAhead = (at: PgColumn): SQL => sql`${at} > clock_timestamp()`;

/** How far ahead an instant lies, in whole ms; negative where it is over. */
export const msUntil = (at: PgColumn): SQL<number> =>
  sql<number>`(extract(epoch from ${at} - clock_timestamp()) * 1000)::double precision`.mapWith(Number);
