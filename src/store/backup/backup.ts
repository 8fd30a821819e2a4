/** Backup and restore of either database, in one format: what one wrote the other reads. */
import type { Writable } from "node:stream";
import { sql } from "drizzle-orm";
import type { Bare, Drizzle } from "../driver.ts";
import { fillEmbedded, openBareEmbedded } from "../embedded.ts";
import { BadBackup } from "../failures.ts";
import { RESTORING } from "../migrations.ts";
import { aloneOnPostgres, openBarePostgres } from "../postgres.ts";
import { type Counts, dump } from "./dump.ts";
import { writeCompressed } from "./file.ts";
import type { Head, Part } from "./format.ts";
import { load, refuseUnlessEmpty } from "./load.ts";
import { identifier } from "./tables.ts";

/** `url` postgres://…; undefined: the embedded database in `directory`. */
export interface Place {
  readonly url?: string | undefined;
  readonly directory: string;
}

/**
 * Backs up a database that this process has to itself, or PostgreSQL while nodes use it. It is not migrated.
 * @throws StartError
 */
export async function backUp({ url, directory }: Place, sink: Writable): Promise<Counts> {
  const bare: Bare = url === undefined ? await openBareEmbedded(directory) : await openBarePostgres(url);
  try {
    return await dumpTo(bare.db, sink);
  } finally {
    await bare.close();
  }
}

/** @param check is called before each step, and ends it by throwing */
export const dumpTo = (db: Drizzle, sink: Writable, check = () => {}): Promise<Counts> =>
  writeCompressed(sink, (write) =>
    dump(db, (text) => {
      check();
      return write(text);
    }),
  );

/**
 * Fills a fresh database. Until it is whole, no server starts on it; killed half-way, it can be run again.
 * @throws StartError, BadBackup: nothing of the backup is there then
 */
export function restore(
  { url, directory }: Place,
  parts: AsyncIterable<Part>,
  told: (table: string, rows: number) => void,
): Promise<Counts> {
  if (url === undefined) return fillEmbedded(directory, (db) => load(db, parts, told));
  return aloneOnPostgres(url, async (db) => {
    await refuseUnlessEmpty(db);
    // On its own, so that it stays when this process is killed; `load` takes it away with the last row.
    await db.execute(sql`create schema if not exists ${identifier(RESTORING)}`);
    try {
      return await load(db, parts, told);
    } catch (error) {
      await db.execute(sql`drop schema if exists ${identifier(RESTORING)}`);
      throw error;
    }
  });
}

/** Reads a backup to its end without a database. @throws BadBackup */
export async function verify(parts: AsyncIterable<Part>): Promise<{ head: Head; rows: Counts }> {
  let head: Head | undefined;
  for await (const part of parts) {
    if ("head" in part) head = part.head;
    else if ("end" in part) return { head: head!, rows: part.end.rows };
  }
  throw new BadBackup("the backup ends early");
}
