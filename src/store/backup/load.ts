/** A backup, put into an empty database: all of it or nothing. */
import { type SQL, sql } from "drizzle-orm";
import { type Drizzle, rowsOf } from "../driver.ts";
import { BadBackup, codeOf, StartError } from "../failures.ts";
import { migrateTo, RESTORING } from "../migrations.ts";
import type { Counts } from "./dump.ts";
import type { End, Part, TableLine } from "./format.ts";
import { identifier, settle, type Table, tablesOf } from "./tables.ts";

/** Rows, and characters of their text, that one statement inserts at most. */
const ROWS = 1000;
const CHARACTERS = 4 << 20;
/** Values that are none, and rows that contradict each other. */
const REFUSED = /^2[23]/;

/** @throws StartError where it is not empty; an empty schema `public`, and what a restore that did not end left, are */
export async function refuseUnlessEmpty(db: Drizzle): Promise<void> {
  const [row] = rowsOf<{ tables: number }>(
    await db.execute(sql`
      select count(*)::int as tables from pg_class
      where relkind in ('r', 'p') and relnamespace in ('public'::regnamespace, to_regnamespace('drizzle'))`),
  );
  if (row!.tables > 0) throw new StartError("the database is not empty: a restore takes a fresh one");
}

/**
 * @param told is called after each table
 * @throws StartError, BadBackup: the database is as it was before
 */
export function load(
  db: Drizzle,
  parts: AsyncIterable<Part>,
  told: (table: string, rows: number) => void,
): Promise<Counts> {
  return db.transaction(async (tx) => {
    await settle(tx);
    let tables: readonly Table[] = [];
    let indexes: readonly string[] = [];
    let rows: Rows | undefined;
    const finish = async () => {
      if (!rows) return;
      await rows.flush();
      told(rows.name, rows.count);
    };
    for await (const part of parts) {
      if ("row" in part) await rows!.add(part.row);
      else if ("head" in part) {
        await migrateTo(tx, part.head.migrations);
        tables = await tablesOf(tx);
        indexes = await dropIndexes(tx);
      } else if ("table" in part) {
        await finish();
        rows = new Rows(tx, part.table, tables);
      } else {
        await finish();
        for (const each of indexes) await tx.execute(sql.raw(each));
        await setSequences(tx, part.end);
        await tx.execute(sql`drop schema if exists ${identifier(RESTORING)}`);
        return part.end.rows;
      }
    }
    throw new BadBackup("the backup ends early");
  });
}

/** A table's rows on their way in. */
class Rows {
  readonly name: string;
  count = 0;
  readonly #tx: Drizzle;
  readonly #insert: (lines: string) => SQL;
  #lines: string[] = [];
  #characters = 0;

  constructor(tx: Drizzle, { table, columns }: TableLine, tables: readonly Table[]) {
    this.name = table;
    this.#tx = tx;
    const types = new Map(tables.find(({ name }) => name === table)?.columns.map(({ name, type }) => [name, type]));
    if (columns.some((column) => !types.has(column)) || types.size !== columns.length) {
      throw new BadBackup(`the backup does not fit its own version: table ${table}`);
    }
    const names = sql.join(columns.map(identifier), sql`, `);
    const values = sql.join(
      columns.map((column, at) => sql`(r->>${sql.raw(String(at))})::${sql.raw(types.get(column)!)}`),
      sql`, `,
    );
    this.#insert = (lines) => sql`
      insert into ${identifier(table)} (${names}) overriding system value
      select ${values} from json_array_elements(${lines}::text::json) as r`;
  }

  async add(line: string): Promise<void> {
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#lines.length >= ROWS || this.#characters >= CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    try {
      await this.#tx.execute(this.#insert(`[${this.#lines.join(",")}]`));
    } catch (error) {
      const code = codeOf(error);
      throw REFUSED.test(code) ? new BadBackup(`the backup is damaged: table ${this.name}, SQLSTATE ${code}`) : error;
    }
    this.count += this.#lines.length;
    this.#lines = [];
    this.#characters = 0;
  }
}

/** Those that enforce nothing: built at the end they take a fraction of the time. @returns how to make them again */
async function dropIndexes(tx: Drizzle): Promise<string[]> {
  const indexes = rowsOf<{ name: string; definition: string }>(
    await tx.execute(sql`
      select c.relname::text as name, pg_get_indexdef(c.oid) as definition
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relnamespace = 'public'::regnamespace and not i.indisunique`),
  );
  for (const { name } of indexes) await tx.execute(sql`drop index ${identifier(name)}`);
  return indexes.map(({ definition }) => definition);
}

/** No number is given out twice, not even one whose row was deleted. */
async function setSequences(tx: Drizzle, { sequences }: End): Promise<void> {
  for (const [name, { value, called }] of Object.entries(sequences)) {
    await tx.execute(sql`select setval(${`public.${name}`}::regclass, ${value}::bigint, ${called}::boolean)`);
  }
}
