/** What a database consists of, by its own catalogue: a backup may be of another version than this code. */
import { sql } from "drizzle-orm";
import { type Drizzle, rowsOf } from "../driver.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

export const identifier = (name: string) => sql.identifier(name);

/** Makes values read as they were written, wherever, and lets a statement take its time. For the transaction. */
export async function settle(tx: Drizzle): Promise<void> {
  const settings = { TimeZone: "UTC", DateStyle: "ISO", bytea_output: "hex", statement_timeout: "0" };
  for (const [name, value] of Object.entries(settings)) {
    await tx.execute(sql`select set_config(${name}, ${value}, true)`);
  }
}

/** The tables, each after those that it refers to, without columns that the database works out by itself. */
export async function tablesOf(tx: Drizzle): Promise<Table[]> {
  const columns = rowsOf<{ table: string; name: string; type: string }>(
    await tx.execute(sql`
      select c.relname::text as "table", a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
        and not a.attisdropped and a.attgenerated = ''
      order by c.relname, a.attnum`),
  );
  const references = rowsOf<{ from: string; to: string }>(
    await tx.execute(sql`
      select f.relname::text as "from", t.relname::text as "to"
      from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
      where k.contype = 'f' and k.connamespace = 'public'::regnamespace and f.oid <> t.oid`),
  );
  const byName = Map.groupBy(columns, ({ table }) => table);
  const ordered: string[] = [];
  const visit = (name: string): void => {
    if (ordered.includes(name)) return;
    for (const { from, to } of references) if (from === name) visit(to);
    ordered.push(name);
  };
  for (const name of byName.keys()) visit(name);
  return ordered.map((name) => ({ name, columns: byName.get(name)!.map(({ name, type }) => ({ name, type })) }));
}

export type Sequences = Record<string, { value: string; called: boolean }>;

export async function sequencesOf(tx: Drizzle): Promise<Sequences> {
  const names = rowsOf<{ name: string }>(
    await tx.execute(sql`
      select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S'`),
  );
  const found: Sequences = {};
  for (const { name } of names) {
    const [row] = rowsOf<{ value: string; called: boolean }>(
      await tx.execute(sql`select last_value::text as value, is_called as called from ${identifier(name)}`),
    );
    found[name] = { value: row!.value, called: row!.called };
  }
  return found;
}
