import { expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/store/database.ts";
import { fillEmbedded } from "../../src/store/embedded.ts";
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

test("kill -9 as a start begins to change the embedded database: nothing is lost, and the next start does it all", async () => {
  const directory = mkdtempSync(join(tmpdir(), "polyge-migrating-"));
  try {
    await fillEmbedded(directory, async (db) => {
      await migrateTo(db, stamps.slice(0, 3));
      await addUser(db, "was here before");
    });
    // What it writes first, once it is open, is the log of what the migrations change.
    const child = spawnServer([process.execPath, MAIN], { DATA_DIR: directory });
    const watcher = watch(join(directory, "pglite", "pg_wal"));
    await once(watcher, "change");
    child.kill("SIGKILL");
    await child.exited;
    watcher.close();
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
