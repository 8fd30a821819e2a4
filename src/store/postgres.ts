/** PostgreSQL through `postgres`. */
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import pLimit from "p-limit";
import postgres from "postgres";
import { type Bare, type Driver, type Drizzle, rowsOf } from "./driver.ts";
import { BadBackup, codeOf, rootCause, StartError } from "./failures.ts";
import { migrate } from "./migrations.ts";
import * as schema from "./schema.ts";

/** Connections of one node. Batches keep few busy; PostgreSQL's default limit of 100 leaves room for several nodes. */
const POOL = 10;
/** Seconds for a connection to be made, and for PostgreSQL to finish one statement. */
const CONNECT_SECONDS = 4;
const STATEMENT_MS = 10_000;
/** Compiling a question to the directory took 320 ms, answering it 0.4: the guess of what it costs does not know of its limit. */
const JIT = "off";
/**
 * Pages of a table that PostgreSQL asks the disk for ahead of reading them, where its host can do that at all. With its own
 * default of one, 100 rows on pages of which 60 came from the disk took 9 ms at the median, with this 3.4.
 */
const PAGES_AHEAD = 64;
/** Any number, the same on all nodes: who holds it migrates. */
const MIGRATION_LOCK = 0x706f_6c79;

const settings = {
  connect_timeout: CONNECT_SECONDS,
  onnotice: () => {},
  keep_alive: 15,
  // A node that comes back after an outage should not wait up to the default 20 s.
  backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, 1),
  connection: { application_name: "polyge" },
};

/** @throws StartError */
export async function openPostgres(url: string): Promise<Driver> {
  try {
    const pagesAhead = await alone(url, async (db) => {
      await migrate(db);
      return pagesAheadOn(db);
    });
    return connect(url, pagesAhead);
  } catch (error) {
    throw startError(url, error);
  }
}

/** As many as it does by itself, if that is more. Where it can read none ahead it says 0, and would refuse any other number. */
async function pagesAheadOn(db: Drizzle): Promise<number> {
  const [own] = rowsOf<{ pages: number }>(
    await db.execute(sql`select current_setting('effective_io_concurrency')::int as pages`),
  );
  return own!.pages === 0 ? 0 : Math.max(own!.pages, PAGES_AHEAD);
}

function connect(url: string, pagesAhead: number): Driver {
  const client = postgres(url, {
    ...settings,
    max: POOL,
    connection: {
      ...settings.connection,
      statement_timeout: STATEMENT_MS,
      jit: JIT,
      effective_io_concurrency: pagesAhead,
    },
  });
  const fewAtATime = pLimit(POOL);
  return {
    kind: "postgres",
    db: drizzle(client, { schema }),
    // More than there are connections would only wait in the driver. But building and reading them costs this thread 0.1 ms
    // each: the 400 counts that 200 logins at once ask for held every socket up for 30 to 70 ms, so under 10.
    turn: (work) =>
      fewAtATime(async () => {
        await new Promise(setImmediate);
        return work();
      }),
    renew: () => connect(url, pagesAhead),
    close: () => client.end({ timeout: 3 }),
  };
}

/** On one connection, for an advisory lock belongs to its connection. The lock waits at most a minute. */
async function alone<T>(url: string, work: (db: Drizzle) => Promise<T>): Promise<T> {
  const { db, client } = single(url);
  try {
    await client`select set_config('lock_timeout', '60s', false)`;
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    return await work(db);
  } finally {
    // Ending the connection releases the lock.
    await client.end({ timeout: 3 });
  }
}

function single(url: string) {
  const client = postgres(url, { ...settings, max: 1 });
  return { client, db: drizzle(client, { schema }) };
}

/** The database as it is, on one connection. @throws StartError */
export async function openBarePostgres(url: string): Promise<Bare> {
  const { db, client } = single(url);
  try {
    await client`select 1`;
  } catch (error) {
    await client.end({ timeout: 1 });
    throw startError(url, error);
  }
  return { db, close: () => client.end({ timeout: 3 }) };
}

/** Does work that no node may do meanwhile: nodes that start wait for it. @throws StartError, and BadBackup as it is */
export async function aloneOnPostgres<T>(url: string, work: (db: Drizzle) => Promise<T>): Promise<T> {
  try {
    return await alone(url, work);
  } catch (error) {
    throw error instanceof BadBackup ? error : startError(url, error);
  }
}

function startError(url: string, error: unknown): StartError {
  if (error instanceof StartError) return new StartError(`DATABASE_URL: ${error.message}`);
  const { hostname, port, pathname } = new URL(url);
  const where = `${hostname || "localhost"}:${port || 5432}`;
  const code = codeOf(error);
  if (code === "28P01" || code === "28000")
    return new StartError(`DATABASE_URL: ${where} refused the user or password`);
  if (code === "3D000") return new StartError(`DATABASE_URL: ${where} has no database ${pathname.slice(1)}`);
  if (code === "55P03")
    return new StartError(`DATABASE_URL: another process has been changing the tables at ${where} for over a minute`);
  if (code === "42501") return new StartError(`DATABASE_URL: the user may not create tables at ${where}`);
  if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)) {
    return new StartError(
      `DATABASE_URL: ${where} answered with SQLSTATE ${code}: ${oneLine(rootCause(error).message)}`,
    );
  }
  return new StartError(`DATABASE_URL: cannot reach ${where} (${code || oneLine(rootCause(error).message)})`);
}

const oneLine = (text = "unknown failure") => text.split("\n", 1)[0]!.slice(0, 200);
