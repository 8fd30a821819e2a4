/** Services to test against: real ones, on random ports; one shared for each kind of database, started when first used. */
import { describe, setDefaultTimeout } from "bun:test";
import { type Config, readConfig } from "../../src/config.ts";
import { type Service, type Surroundings, startService } from "../../src/service.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { createEmbedded, createPeopled, createPostgres, dropDatabases, type Kind, NO_POSTGRES } from "./databases.ts";
import { NO_NATS } from "./nats.ts";
import { suiteUnless, testUnless } from "./needs.ts";
import type { Login } from "./peer.ts";

export const APP_ORIGIN = "https://app.example.com";
export const METRICS_TOKEN = "metrics-for-the-tests";
export const ADMIN_TOKEN = "administration-for-the-tests-0123456789";
/** Small, so that tests reach them; every test calls from an address of its own. */
export const LOGIN_FAILURES = 5;
export const REGISTRATIONS = 40;

export interface TestService {
  readonly service: Service;
  /** Every log line so far. */
  readonly lines: string[];
}

export interface SharedService extends TestService {
  /** Users whom no test knows yet. */
  readonly newcomers: Login[];
}

const started: Service[] = [];
const opened: Database[] = [];
const shared = new Map<string, Promise<SharedService>>();
const databases = new Map<Kind, Promise<Database>>();

export const settings = (environment: Record<string, string>): Config =>
  readConfig({ HOST: "127.0.0.1", PORT: "0", ...environment }, { fileLimit: 4096, terminal: false });

/** Starts a service of one's own. */
export async function start(
  environment: Record<string, string>,
  surroundings: Partial<Surroundings> = {},
): Promise<TestService> {
  const lines: string[] = [];
  const service = await startService(settings(environment), {
    version: { name: "polyge", version: "0.0.0-test", commit: null },
    logTo: { write: (line) => void lines.push(line) },
    ...surroundings,
  });
  started.push(service);
  return { service, lines };
}

/** A fresh database, as settings. */
export const place = async (kind: Kind): Promise<Record<string, string>> =>
  kind === "postgres" ? { DATABASE_URL: await createPostgres() } : { DATA_DIR: await createEmbedded() };

async function startShared(kind: Kind, changes: Record<string, string>): Promise<SharedService> {
  const { environment, logins } = await createPeopled(kind);
  const service = await start({
    ...environment,
    LOG_LEVEL: "trace",
    LOG_FORMAT: "json",
    TRUST_PROXY: "1",
    ALLOWED_ORIGINS: APP_ORIGIN,
    METRICS_TOKEN,
    ADMIN_TOKEN,
    LOGIN_FAILURES: String(LOGIN_FAILURES),
    REGISTRATIONS: String(REGISTRATIONS),
    // Random frames turn the same user out again and again, random requests show wrong tokens; test/abuse reaches both limits.
    UPGRADES: "0",
    WRONG_TOKENS: "0",
    ...changes,
  });
  return { ...service, newcomers: logins };
}

/** The shared service on one kind of database; with other settings another one, shared by all who want the same. */
export function sharedService(kind: Kind, changes: Record<string, string> = {}): Promise<SharedService> {
  return once(shared, `${kind} ${JSON.stringify(changes)}`, () => startShared(kind, changes));
}

/** A shared database without a service. */
export function sharedDatabase(kind: Kind): Promise<Database> {
  return once(databases, kind, () => open(kind));
}

async function open(kind: Kind): Promise<Database> {
  const at = await place(kind);
  const database = await openDatabase({ url: at["DATABASE_URL"], directory: at["DATA_DIR"] ?? "" });
  opened.push(database);
  return database;
}

/** The first start of PGlite takes seconds, on a busy machine many, and its first queries in a process compile it. Bun keeps a default per file, so each file sets it. */
export const allowForStarts = (): void => setDefaultTimeout(60_000);

/** Runs a suite on both databases; where there is no PostgreSQL it is skipped by name. */
export function onEachDatabase(name: string, suite: (kind: Kind) => void): void {
  allowForStarts();
  describe(`${name} [pglite]`, () => suite("pglite"));
  suiteUnless(NO_POSTGRES, `${name} [postgres]`, () => suite("postgres"));
}

function once<K, T>(made: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const existing = made.get(key) ?? make();
  made.set(key, existing);
  return existing;
}

/** A test that needs PostgreSQL; where there is none it is skipped and says why. */
export function testOnPostgres(name: string, run: () => Promise<void>): void {
  testUnless(NO_POSTGRES, name, run);
}

/** A test that needs PostgreSQL and a nats-server; where one of them is missing it is skipped and says why. */
export function testOnCluster(name: string, run: () => Promise<void>): void {
  testUnless(NO_POSTGRES ?? NO_NATS, name, run);
}

/** Ends everything that was started here. */
export async function stopAll(): Promise<void> {
  shared.clear();
  databases.clear();
  await Promise.all(started.splice(0).map((service) => service.stop()));
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await dropDatabases();
}
