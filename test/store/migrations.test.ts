import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/store/database.ts";
import { rowsOf } from "../../src/store/driver.ts";
import { fillEmbedded, openBareEmbedded } from "../../src/store/embedded.ts";
import { StartError } from "../../src/store/failures.ts";
import { appliedStamps, knownStamps, migrateTo } from "../../src/store/migrations.ts";
import { aloneOnPostgres, openBarePostgres } from "../../src/store/postgres.ts";
import { users } from "../../src/store/schema.ts";
import { addUser } from "../support/backups.ts";
import { createPostgres } from "../support/databases.ts";
import { MAIN, spawnServer, startProcess } from "../support/processes.ts";
import { allowForStarts, testOnPostgres } from "../support/services.ts";
import { until } from "../support/until.ts";

allowForStarts();

const stamps = knownStamps();
const at = (url: string) => ({ url, directory: "" });
const opened = (url: string) =>
  openDatabase(at(url)).then(
    (database) => database.close().then(() => "opens"),
    (error) => (error instanceof StartError ? error.message : Promise.reject(error)),
  );

testOnPostgres(
  "a database that a newer version has extended is still served; one that it has changed past use is refused",
  async () => {
    const url = await createPostgres();
    expect(await opened(url)).toBe("opens");
    const newer = Math.max(...stamps) + 1;
    await aloneOnPostgres(url, (db) =>
      db.execute(sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', ${newer})`),
    );
    expect(await opened(url)).toBe("opens");
    const comment = (oldest: number) =>
      aloneOnPostgres(url, (db) => db.execute(sql.raw(`comment on table drizzle.__drizzle_migrations is '${oldest}'`)));
    await comment(Math.max(...stamps));
    expect(await opened(url)).toBe("opens");
    await comment(newer);
    expect(await opened(url)).toBe(
      "DATABASE_URL: a newer version of polyge has changed the database so that this one cannot use it any more",
    );
  },
);

testOnPostgres("a database that missed one of our migrations is another program's", async () => {
  const url = await createPostgres();
  await opened(url);
  await aloneOnPostgres(url, (db) =>
    db.execute(sql`delete from drizzle.__drizzle_migrations where created_at = ${stamps[1]!}`),
  );
  expect(await opened(url)).toContain("has had other migrations than this version's");
});

testOnPostgres(
  "kill -9 in the middle of a migration: the database is as before, and the next start does it all",
  async () => {
    const url = await createPostgres();
    await aloneOnPostgres(url, async (db) => {
      await migrateTo(db, stamps.slice(0, 3));
      await addUser(db, "was here before");
    });
    const bare = await openBarePostgres(url);
    const waiting = () => aloneWaits(url);
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    // Tables are made, then one of them wants to refer to users.
    const holding = bare.db.transaction(async (tx) => {
      await tx.execute(sql`lock table users in row exclusive mode`);
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const child = spawnServer([process.execPath, MAIN], { DATABASE_URL: url });
    await until("the migration waits for the table", waiting);
    child.kill("SIGKILL");
    await child.exited;
    release.resolve();
    await holding;
    await bare.close();
    await until("its connection is gone", async () => !(await waiting()));
    const look = await openBarePostgres(url);
    expect(await appliedStamps(look.db)).toEqual(stamps.slice(0, 3));
    await look.close();

    const { child: next, url: address } = await startProcess({ DATABASE_URL: url });
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    next.kill("SIGTERM");
    expect(await next.exited).toBe(0);
    expect(await aloneOnPostgres(url, appliedStamps)).toEqual(stamps);
  },
);

test("kill -9 in the middle of a migration of the embedded database: the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "polyge-migrating-"));
  try {
    await fillEmbedded(directory, async (db) => {
      await migrateTo(db, stamps.slice(0, 3));
      await addUser(db, "was here before");
      await db.execute(HOLD_ONCE);
      await db.execute(
        sql`create trigger hold before insert on drizzle.__drizzle_migrations for each row execute function hold_once()`,
      );
    });
    const child = spawnServer([process.execPath, MAIN], { DATA_DIR: directory });
    await until("a migration has made its tables and is noted", () => existsSync(join(directory, "pglite", "reached")));
    child.kill("SIGKILL");
    await child.exited;
    const bare = await openBareEmbedded(directory);
    expect(await appliedStamps(bare.db)).toEqual(stamps.slice(0, 3));
    expect(rowsOf(await bare.db.execute(sql`select to_regclass('messages') as made`))).toEqual([{ made: null }]);
    await bare.close();

    const database = await openDatabase({ directory });
    expect(await database.run(appliedStamps)).toEqual(stamps);
    expect(await database.run((db) => db.select({ text: users.description }).from(users))).toEqual([
      { text: "was here before" },
    ]);
    await database.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** The first time that it is called it says so in a file and never goes on. */
const HOLD_ONCE = sql.raw(`
  create function hold_once() returns trigger language plpgsql as $$
  declare
    reached text := current_setting('data_directory') || '/reached';
  begin
    if pg_stat_file(reached, true) is null then
      execute format('copy (select 1) to %L', reached);
      loop end loop;
    end if;
    return new;
  end $$`);

/** Whether somebody waits for a lock in this database. */
async function aloneWaits(url: string): Promise<boolean> {
  const { db, close } = await openBarePostgres(url);
  try {
    const rows = await db.execute(sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'relation'`);
    return (rows as unknown as unknown[]).length > 0;
  } finally {
    await close();
  }
}
