/**
 * Which migrations a database has had, and whether this code can work with them. docs/data.md has the rules for writing
 * one: while a cluster is upgraded, nodes of two versions use one database.
 */
import { type SQL, sql } from "drizzle-orm";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { migrations } from "../shipped/files.ts";
import { type Drizzle, rowsOf } from "./driver.ts";
import { BadBackup, StartError } from "./failures.ts";

/** Migrations are told apart by when they were made, in ms since 1970, as Drizzle does. */
export type Stamp = number;

/** There while a restore has begun and not ended. */
export const RESTORING = "polyge_restoring";

/** What Drizzle's own `migrate` calls; it takes no list of its own. */
interface Internals {
  readonly dialect: { migrate(migrations: MigrationMeta[], session: unknown, config: string): Promise<void> };
}

const known = (): MigrationMeta[] => readMigrationFiles({ migrationsFolder: migrations() });
export const knownStamps = (): Stamp[] => known().map(({ folderMillis }) => folderMillis);

/** @returns the migrations that the database has had, oldest first */
export async function appliedStamps(db: Drizzle): Promise<Stamp[]> {
  const [table] = rowsOf<{ there: boolean }>(
    await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`),
  );
  if (!table!.there) return [];
  const rows = await db.execute(
    sql`select created_at::text as at from drizzle.__drizzle_migrations order by created_at`,
  );
  return rowsOf<{ at: string }>(rows).map(({ at }) => Number(at));
}

/**
 * Brings a database up to date. Nobody else may be about it: see MIGRATION_LOCK.
 * @throws StartError where a restore did not end, or this code cannot work with what the database has become
 */
export async function migrate(db: Drizzle): Promise<void> {
  await refuseHalfRestored(db);
  const applied = new Set(await appliedStamps(db));
  const newest = Math.max(0, ...applied);
  const ours = knownStamps();
  if (ours.some((stamp) => stamp < newest && !applied.has(stamp))) {
    throw new StartError("the database has had other migrations than this version's: it belongs to another program");
  }
  if ([...applied].some((stamp) => !ours.includes(stamp))) await refuseTooOld(db, Math.max(...ours));
  await apply(db, known());
}

/** Takes an empty database to where a backup was made. @throws BadBackup where this code does not know that place */
export async function migrateTo(db: Drizzle, stamps: readonly Stamp[]): Promise<void> {
  const wanted = known().filter(({ folderMillis }) => stamps.includes(folderMillis));
  if (wanted.length !== stamps.length) throw new BadBackup("the backup was made by a newer version of polyge");
  await apply(db, wanted);
}

/** Also within a transaction, which Drizzle's own session cannot begin once more. */
const apply = (db: Drizzle, wanted: MigrationMeta[]): Promise<void> => {
  const session = {
    execute: (statement: SQL) => db.execute(statement),
    all: async (statement: SQL) => rowsOf(await db.execute(statement)),
    transaction: (work: (tx: Drizzle) => Promise<void>) => db.transaction(work),
  };
  return (db as unknown as Internals).dialect.migrate(wanted, session, "");
};

async function refuseHalfRestored(db: Drizzle): Promise<void> {
  const [row] = rowsOf<{ half: boolean }>(
    await db.execute(sql`select to_regnamespace(${RESTORING}) is not null as half`),
  );
  if (row!.half) throw new StartError("a restore into this database did not end: run it again");
}

/** A migration that older code cannot work with says so in the comment on Drizzle's table: the oldest stamp to know. */
async function refuseTooOld(db: Drizzle, newest: Stamp): Promise<void> {
  const [row] = rowsOf<{ oldest: string | null }>(
    await db.execute(sql`select obj_description('drizzle.__drizzle_migrations'::regclass) as oldest`),
  );
  if (Number(row!.oldest ?? 0) > newest) {
    throw new StartError("a newer version of polyge has changed the database so that this one cannot use it any more");
  }
}
