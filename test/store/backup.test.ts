import { afterAll, describe, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { Audit } from "../../src/store/audit.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { rowsOf } from "../../src/store/driver.ts";
import { Mailboxes } from "../../src/store/mailbox.ts";
import { appliedStamps, knownStamps, migrateTo } from "../../src/store/migrations.ts";
import { aloneOnPostgres } from "../../src/store/postgres.ts";
import { users } from "../../src/store/schema.ts";
import { addUser, backupOf, dumpOf, packed, put, rowsIn, textOf } from "../support/backups.ts";
import { createPostgres } from "../support/databases.ts";
import { allowForStarts, sharedDatabase, testOnPostgres } from "../support/services.ts";

allowForStarts();
const folder = mkdtempSync(join(tmpdir(), "polyge-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (url: string) => ({ url, directory: "" });

/** Users, a mailbox with bytes of every value, a record, and a uid that nobody has any more. */
async function fill(database: Database): Promise<void> {
  const [uid, gone] = await database.run(async (db) => [await addUser(db), await addUser(db)] as const);
  const frame = Uint8Array.from({ length: 256 }, (_, index) => index);
  await new Mailboxes(database, { frames: 10, bytes: 10_000, days: 30 }).append([{ uid, frame, accepted: false }]);
  const detail = { text: 'a "quote"', number: 1.5, yes: true };
  await new Audit(database, 1).write({ name: "tess", address: "::1" }, { act: "backup", detail, outcome: "done" });
  await database.run((db) => db.delete(users).where(eq(users.uid, gone)));
}

/** Everything of ours that is there. */
const tablesIn = (url: string) =>
  aloneOnPostgres(url, async (db) => {
    const found = await db.execute(sql`
      select relname::text as name from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname in ('public', 'drizzle', 'polyge_restoring') and relkind in ('r', 'S')`);
    return rowsOf<{ name: string }>(found).map(({ name }) => name);
  });

testOnPostgres(
  "a service moves from the embedded database to PostgreSQL and back, and nothing is lost or changed",
  async () => {
    const embedded = await sharedDatabase("pglite");
    await fill(embedded);
    const first = await embedded.run((db) => dumpOf(db));
    const url = await createPostgres();
    await put(at(url), first);
    const moved = await openDatabase(at(url));
    const second = await backupOf(at(url));
    expect(rowsIn(second)).toEqual(rowsIn(first));
    const highest = Math.max(
      ...(await embedded.run((db) => db.select({ uid: users.uid }).from(users))).map(({ uid }) => uid),
    );
    // The uid of the one who was deleted is given to nobody else.
    expect(await moved.run((db) => addUser(db))).toBe(highest + 2);
    await moved.close();

    const directory = join(folder, "back");
    await put({ directory }, second);
    const back = await openDatabase({ directory });
    expect(rowsIn(await back.run((db) => dumpOf(db)))).toEqual(rowsIn(first));
    await back.close();
    const again = await put({ directory }, second).catch((error: Error) => error.message);
    expect(again).toBe(`DATA_DIR: there is a database in ${directory}: a restore takes a fresh folder`);
  },
);

describe("a restore", () => {
  let whole: Buffer;
  let url: string;
  const ready = async () => {
    if (whole) return;
    const source = await openDatabase(at(await createPostgres()));
    await fill(source);
    whole = await source.run((db) => dumpOf(db));
    await source.close();
    url = await createPostgres();
  };

  testOnPostgres("of a file that is cut off, changed or no backup leaves nothing behind and says why", async () => {
    await ready();
    const text = textOf(whole);
    const bad: [Buffer, RegExp][] = [
      [whole.subarray(0, whole.length - 20), /damaged or cut off/],
      [packed(text.slice(0, -20)), /is damaged$/],
      [packed(text.slice(0, text.lastIndexOf('{"end"'))), /ends early/],
      [packed(text.replace("1999-12-31", "1999-12-30")), /is damaged$/],
      [packed(text.replace(/\n\[[^\n]*1999-12-31[^\n]*/, "")), /is damaged/],
      [packed(text.replace('"uname"', '"nobody"')), /does not fit/],
      [packed(text.replace(/"migrations":\[/, '"migrations":[1,')), /made by a newer version/],
      [packed('{"format":"another"}\n'), /no backup of polyge/],
      [packed(""), /empty/],
      [Buffer.from("no gzip at all"), /damaged or cut off/],
    ];
    for (const [file, message] of bad) {
      const said = await put(at(url), file).catch((error: Error) => error.message);
      expect(said).toMatch(message);
      expect(said).toMatch(/^the (?:backup|file) /);
      expect(await tablesIn(url)).toEqual([]);
    }
    await put(at(url), whole);
    expect(rowsIn(await backupOf(at(url)))).toEqual(rowsIn(whole));
  });

  testOnPostgres("goes into an empty database only", async () => {
    await ready();
    const used = await createPostgres();
    await (await openDatabase(at(used))).close();
    expect(await put(at(used), whole).catch((error: Error) => error.message)).toBe(
      "DATABASE_URL: the database is not empty: a restore takes a fresh one",
    );
  });

  testOnPostgres("of an older version's backup is migrated like that version's database", async () => {
    const [old, fresh] = [await createPostgres(), await createPostgres()];
    const stamps = knownStamps();
    await aloneOnPostgres(old, async (db) => {
      await migrateTo(db, stamps.slice(0, 2));
      await addUser(db, "from long ago");
    });
    await put(at(fresh), await backupOf(at(old)));
    expect(await aloneOnPostgres(fresh, appliedStamps)).toEqual(stamps.slice(0, 2));
    const database = await openDatabase(at(fresh));
    const found = await database.run((db) => db.select({ text: users.description, off: users.disabledAt }).from(users));
    expect(found).toEqual([{ text: "from long ago", off: null }]);
    await database.close();
    expect(await aloneOnPostgres(fresh, appliedStamps)).toEqual(stamps);
  });

  testOnPostgres("has one moment of a database that goes on being written", async () => {
    const busy = await createPostgres();
    const database = await openDatabase(at(busy));
    for (let i = 0; i < 300; i++) await database.run((db) => addUser(db));
    const writing = { on: true };
    const writer = (async () => {
      // Both or neither: a user and a mailbox of the same uid.
      while (writing.on) {
        await database.run((db) =>
          db.transaction(async (tx) => {
            const uid = await addUser(tx);
            await tx.execute(sql`insert into mailboxes (uid) values (${uid})`);
            await tx.execute(sql`insert into audit (actor, address, act, subject, detail, outcome)
              values ('', '', '', ${uid}, '{}', 'done')`);
          }),
        );
      }
    })();
    const text = textOf(await backupOf(at(busy)));
    writing.on = false;
    await writer;
    await database.close();
    const { rows } = JSON.parse(text.trim().split("\n").at(-1)!);
    expect([rows.users - 300, rows.audit]).toEqual([rows.mailboxes, rows.mailboxes]);
  });
});
