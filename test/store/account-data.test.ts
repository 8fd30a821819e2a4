/** Whoever adds a table that belongs to users adds it to the export, and lets it end with its user. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getTableName } from "drizzle-orm";
import { getTableConfig, type PgColumn, type PgTable } from "drizzle-orm/pg-core";
import { ACCOUNT_TABLES, isTable } from "../../src/store/account-data.ts";
import { users } from "../../src/store/schema.ts";

const STORE = join(import.meta.dir, "../../src/store");
/** Columns that hold a uid and refer to no row. Each says why. */
const WITHOUT_REFERENCE: Record<string, string> = {
  "audit.subject": "what was done to an account outlives it; the rows end after AUDIT_DAYS",
};
/** As columns that hold a uid are called. */
const UID_NAME = /^(?:uid|.*_uid|subject|owner|peer|sender|target|low|high|blocked|by)$/;

const modules = await Promise.all(
  readdirSync(STORE)
    .filter((name) => name.endsWith("schema.ts"))
    .map((name) => import(join(STORE, name))),
);
const tables = [...new Set(modules.flatMap((module) => Object.values(module).filter(isTable)))];

interface Reference {
  readonly from: string;
  readonly to: PgTable;
  readonly onDelete: string | undefined;
}

const referencesOf = (table: PgTable): Reference[] =>
  getTableConfig(table).foreignKeys.map((key) => ({
    from: `${getTableName(table)}.${key.reference().columns.map(({ name }) => name)}`,
    to: key.reference().foreignTable,
    onDelete: key.onDelete,
  }));

/** Tables that refer to users, be it through others. */
function belongings(): PgTable[] {
  const found = new Set<PgTable>([users]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const table of tables) if (referencesOf(table).some(({ to }) => found.has(to))) found.add(table);
  }
  return [...found];
}

test("an export has every table that belongs to users", () => {
  expect(tables.length).toBeGreaterThan(5);
  const exported = ACCOUNT_TABLES.map(({ table }) => getTableName(table));
  expect(exported.toSorted()).toEqual(belongings().map(getTableName).toSorted());
});

test("an account's end reaches every table that belongs to users", () => {
  const kept = belongings()
    .flatMap(referencesOf)
    .filter(({ onDelete }) => onDelete !== "cascade");
  expect(kept.map(({ from }) => from)).toEqual([]);
});

test("a column that holds a uid refers to the user's row, or says why not", () => {
  const isKey = (table: PgTable, column: PgColumn) =>
    getTableConfig(table).foreignKeys.some((key) => key.reference().columns.includes(column));
  const loose = tables
    .filter((table) => !belongings().includes(table))
    .flatMap((table) =>
      getTableConfig(table)
        .columns.filter((column) => UID_NAME.test(column.name) && !isKey(table, column))
        .map(({ name }) => `${getTableName(table)}.${name}`),
    );
  expect(loose.filter((each) => !(each in WITHOUT_REFERENCE))).toEqual([]);
});

test("an export keeps back what one could get in by", () => {
  for (const { table, without } of ACCOUNT_TABLES) {
    const secret = getTableConfig(table).columns.filter(({ name }) => /hash|password|secret|token$/.test(name));
    expect([getTableName(table), secret.filter((column) => !without.includes(column))]).toEqual([
      getTableName(table),
      [],
    ]);
  }
});

test.each(["docs/data.md", "docs/data.zh-CN.md"])("%s says of every table how long its rows stay", (path) => {
  const text = readFileSync(join(STORE, "../..", path), "utf8");
  const listed = [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell]) => cell!.match(/\w+/g)!);
  expect(listed.toSorted()).toEqual(tables.map(getTableName).toSorted());
});
