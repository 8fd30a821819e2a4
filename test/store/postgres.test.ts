import { expect } from "bun:test";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/store/database.ts";
import { Directory } from "../../src/store/directory.ts";
import { rowsOf } from "../../src/store/driver.ts";
import { aloneOnPostgres } from "../../src/store/postgres.ts";
import { createPostgres } from "../support/databases.ts";
import { allowForStarts, testOnPostgres } from "../support/services.ts";

allowForStarts();

/** What one statement answers on a connection of a node's. */
async function asked(url: string, statement: string, before?: (directory: Directory) => Promise<unknown>) {
  const database = await openDatabase({ url, directory: "" });
  try {
    await before?.(new Directory(database));
    return rowsOf(await database.run((db) => db.execute(sql.raw(statement))));
  } finally {
    await database.close();
  }
}

testOnPostgres("a question to the directory that was asked before is not parsed again", async () => {
  const url = await createPostgres();
  const parsed =
    "select count(*)::int as statements from pg_prepared_statements where statement like '%directory_terms%'";
  // One after the other, so on one connection.
  const search = async (directory: Directory) => {
    for (const namePart of ["an", "bo"]) await directory.page(1, { namePart }, undefined, 20);
  };
  expect(await asked(url, parsed, search)).toEqual([{ statements: 1 }]);
});

testOnPostgres("pages are read ahead, unless PostgreSQL's host cannot; an operator may have set more", async () => {
  const url = await createPostgres();
  const shown = () => asked(url, "show effective_io_concurrency");
  const set = (pages: number) =>
    aloneOnPostgres(url, (db) =>
      db.execute(sql.raw(`alter database "${new URL(url).pathname.slice(1)}" set effective_io_concurrency = ${pages}`)),
    );
  expect(await shown()).toEqual([{ effective_io_concurrency: "64" }]);
  for (const pages of [0, 100]) {
    await set(pages);
    expect(await shown()).toEqual([{ effective_io_concurrency: `${pages}` }]);
  }
});
