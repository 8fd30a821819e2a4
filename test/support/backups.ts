/** Backups in memory, and databases to put them into. */
import { Readable, Writable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { backUp, dumpTo, type Place, restore } from "../../src/store/backup/backup.ts";
import { linesOf } from "../../src/store/backup/file.ts";
import { partsOf } from "../../src/store/backup/format.ts";
import { type Drizzle, rowsOf } from "../../src/store/driver.ts";
import { unique } from "./client.ts";

async function collected(fill: (sink: Writable) => Promise<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  await fill(sink);
  return Buffer.concat(chunks);
}

export const backupOf = (place: Place): Promise<Buffer> => collected((sink) => backUp(place, sink));
export const dumpOf = (db: Drizzle): Promise<Buffer> => collected((sink) => dumpTo(db, sink));

export const textOf = (backup: Buffer): string => gunzipSync(backup).toString();
export const packed = (text: string): Buffer => gzipSync(text);

/** The rows, whatever their order within a table. */
export const rowsIn = (backup: Buffer): string[] => textOf(backup).trim().split("\n").slice(1, -1).toSorted();

export const put = (place: Place, backup: Buffer): Promise<unknown> =>
  restore(place, partsOf(linesOf(Readable.from([backup]))), () => {});

/** Somebody with all that a text may hold. @returns the uid */
export async function addUser(db: Drizzle, description = "quotes \" ' \\ lines\r\n\t你好 😀 ☃"): Promise<number> {
  const name = unique();
  const rows = await db.execute(sql`
    insert into users (uname, uname_key, password_hash, gender, language, occup, user_type, avatar, birth, description)
    values (${name}, ${name}, '', 1, 0, '', 1, '', '1999-12-31', ${description}) returning uid`);
  return Number(rowsOf<{ uid: string | number }>(rows)[0]!.uid);
}
