/**
 * Users and live tokens straight into a database: 4000 registrations over HTTP would spend a minute in argon2. The
 * password hash verifies nothing, so that nobody can log in to these accounts.
 */
import { PGlite } from "@electric-sql/pglite";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle as drizzlePGlite } from "drizzle-orm/pglite";
import { migrate as migratePGlite } from "drizzle-orm/pglite/migrator";
import { drizzle as drizzlePostgres } from "drizzle-orm/postgres-js";
import { migrate as migratePostgres } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { tokens, users } from "../src/store/schema.ts";
import type { Login } from "./engine/connection.ts";

const MIGRATIONS = { migrationsFolder: new URL("../drizzle", import.meta.url).pathname };
const ROWS_PER_INSERT = 1000;
const TOKEN_DIGITS = 32;
const TOKEN_LIFE_MS = 7 * 24 * 3600 * 1000;
const CLIENT_ID = 123;
const NO_PASSWORD = "none";

/** 32 random decimal digits. */
function newToken(): string {
  let digits = "";
  while (digits.length < TOKEN_DIGITS) {
    // 250 is the largest multiple of 10 that a byte holds: above it some digits would come more often.
    for (const byte of crypto.getRandomValues(new Uint8Array(TOKEN_DIGITS))) if (byte < 250) digits += byte % 10;
  }
  return digits.slice(0, TOKEN_DIGITS);
}

/** Inserts `count` users with one token each. */
async function insertAccounts<R extends PgQueryResultHKT>(db: PgDatabase<R>, count: number): Promise<Login[]> {
  const run = crypto.randomUUID().slice(0, 8);
  const expiresAt = new Date(Date.now() + TOKEN_LIFE_MS);
  const logins: Login[] = [];
  while (logins.length < count) {
    const rows = Array.from({ length: Math.min(ROWS_PER_INSERT, count - logins.length) }, (_, index) => {
      const uname = `bench-${run}-${logins.length + index}`;
      const required = { gender: 1, userType: 1, language: 0, occup: "", avatar: "" };
      return { uname, unameKey: uname, passwordHash: NO_PASSWORD, ...required };
    });
    const inserted = await db.insert(users).values(rows).returning({ uid: users.uid });
    const batch = inserted.map(({ uid }) => ({ uid, token: newToken() }));
    await db.insert(tokens).values(
      batch.map(({ uid, token }) => {
        const hash = new Bun.CryptoHasher("sha256").update(token).digest();
        return { uid, clientId: CLIENT_ID, hash, expiresAt };
      }),
    );
    logins.push(...batch);
  }
  return logins;
}

/** Migrates a PGlite folder (made where it is missing), adds accounts and closes it again. */
export async function accountsInFolder(folder: string, count: number): Promise<Login[]> {
  const client = await PGlite.create(folder);
  try {
    const db = drizzlePGlite(client);
    await migratePGlite(db, MIGRATIONS);
    return await insertAccounts(db, count);
  } finally {
    await client.close();
  }
}

/** Migrates a PostgreSQL database (postgres://…) and adds accounts. */
export async function accountsInPostgres(url: string, count: number): Promise<Login[]> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const db = drizzlePostgres(client);
    await migratePostgres(db, MIGRATIONS);
    return await insertAccounts(db, count);
  } finally {
    await client.end();
  }
}
