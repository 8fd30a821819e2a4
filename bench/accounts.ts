/**
 * Users and live tokens straight into a database: 4000 registrations over HTTP would spend a minute in argon2. The
 * password hash verifies nothing, so that nobody can log in to these accounts.
 */
import { drawToken, hashOf } from "../src/accounts/secrets.ts";
import type { Login } from "../src/cli/load/engine/connection.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { tokens, users } from "../src/store/schema.ts";

const ROWS_PER_INSERT = 1000;
const TOKEN_LIFE_MS = 7 * 24 * 3600 * 1000;
const CLIENT_ID = 123;
const NO_PASSWORD = "none";

/** Inserts `count` users with one token each. */
async function insertAccounts(database: Database, count: number): Promise<Login[]> {
  const run = crypto.randomUUID().slice(0, 8);
  const expiresAt = new Date(Date.now() + TOKEN_LIFE_MS);
  const logins: Login[] = [];
  while (logins.length < count) {
    const rows = Array.from({ length: Math.min(ROWS_PER_INSERT, count - logins.length) }, (_, index) => {
      const uname = `bench-${run}-${logins.length + index}`;
      const required = { gender: 1, userType: 1, language: 0, occup: "", avatar: "" };
      return { uname, unameKey: uname, passwordHash: NO_PASSWORD, ...required };
    });
    const inserted = await database.run((db) => db.insert(users).values(rows).returning({ uid: users.uid }));
    const batch = inserted.map(({ uid }) => ({ uid, token: drawToken() }));
    const tokenRows = batch.map(({ uid, token }) => ({ uid, clientId: CLIENT_ID, hash: hashOf(token), expiresAt }));
    await database.run((db) => db.insert(tokens).values(tokenRows));
    logins.push(...batch);
  }
  return logins;
}

/** Opens and migrates a database as the server would, adds accounts and closes it again. */
export async function makeAccounts(
  at: { url?: string | undefined; directory: string },
  count: number,
): Promise<Login[]> {
  const database = await openDatabase(at);
  try {
    return await insertAccounts(database, count);
  } finally {
    await database.close();
  }
}
