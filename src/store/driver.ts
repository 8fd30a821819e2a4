/** What the two databases have in common. */
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema.ts";

/** What a repository queries: the part that both drivers share. The result of `execute` differs: see `rowsOf`. */
export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>;

/** The rows of an `execute`: `postgres` gives an array, PGlite an object. */
export const rowsOf = <T>(result: unknown): T[] => (Array.isArray(result) ? result : (result as { rows: T[] }).rows);

/** One open database, migrated. */
export interface Driver {
  readonly kind: "postgres" | "pglite";
  readonly db: Drizzle;
  /** Waits until this driver may start a piece of work: queries take time of the event loop that serves sockets. */
  turn?<T>(work: () => Promise<T>): Promise<T>;
  /** A fresh driver in place of one whose connections hang; undefined where that has no sense. */
  renew?(): Driver;
  /** Called before each use. @throws StoreUnavailable where the database must not be asked now */
  check?(): void;
  close(): Promise<void>;
}

/** One open database, as it is: not migrated. */
export interface Bare {
  readonly db: Drizzle;
  close(): Promise<void>;
}
