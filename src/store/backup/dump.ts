/** Everything in a database, as the lines of a backup: one moment of it, whatever is written meanwhile. */
import { sql } from "drizzle-orm";
import { type Drizzle, rowsOf } from "../driver.ts";
import { StartError } from "../failures.ts";
import { appliedStamps } from "../migrations.ts";
import { Checksum, headOf } from "./format.ts";
import { identifier, sequencesOf, settle, type Table, tablesOf } from "./tables.ts";

/** Rows of one step: a frame is up to 64 KiB and twice as long as text. */
const AT_ONCE = 200;

/** How many rows each table had. */
export type Counts = Readonly<Record<string, number>>;

/**
 * @param write is waited for, so that no more than a step is held in memory
 * @throws StartError where there is nothing to back up
 */
export function dump(db: Drizzle, write: (text: string) => Promise<void>): Promise<Counts> {
  return db.transaction(
    async (tx) => {
      await settle(tx);
      const migrations = await appliedStamps(tx);
      if (migrations.length === 0)
        throw new StartError("there is nothing to back up: no server has used this database");
      const checksum = new Checksum();
      const put = async (lines: readonly string[]) => {
        for (const line of lines) checksum.add(line);
        await write(`${lines.join("\n")}\n`);
      };
      await put([JSON.stringify(headOf(migrations))]);
      const rows: Record<string, number> = {};
      for (const table of await tablesOf(tx)) {
        await put([JSON.stringify({ table: table.name, columns: table.columns.map(({ name }) => name) })]);
        rows[table.name] = await dumpRows(tx, table, put);
      }
      // After the rows: a sequence goes on while they are read, and must not go back.
      const sequences = await sequencesOf(tx);
      await write(`${JSON.stringify({ end: true, rows, sequences, sha256: checksum.get() })}\n`);
      return rows;
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

async function dumpRows(tx: Drizzle, { name, columns }: Table, put: (lines: string[]) => Promise<void>) {
  const values = sql.join(
    columns.map((column) => sql`${identifier(column.name)}::text`),
    sql`, `,
  );
  await tx.execute(
    sql`declare backup no scroll cursor for select json_build_array(${values})::text as line from ${identifier(name)}`,
  );
  let count = 0;
  for (let size = AT_ONCE; size === AT_ONCE; count += size) {
    const page = rowsOf<{ line: string }>(await tx.execute(sql.raw(`fetch forward ${AT_ONCE} from backup`)));
    size = page.length;
    if (size > 0) await put(page.map(({ line }) => line));
    // The embedded database works on this thread; sockets have their turn between two steps.
    await new Promise(setImmediate);
  }
  await tx.execute(sql`close backup`);
  return count;
}
