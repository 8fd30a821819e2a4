/** The databases that tests run on: PGlite always, PostgreSQL where one answers, each fresh. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { makeAccounts } from "../../src/cli/accounts/make.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { Obstacle } from "./needs.ts";
import type { Login } from "./peer.ts";

export type Kind = "pglite" | "postgres";

const ADMIN_URL = process.env["TEST_DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres";

async function reasonAgainstPostgres(): Promise<Obstacle> {
  const client = postgres(ADMIN_URL, { max: 1, connect_timeout: 3, onnotice: () => {} });
  try {
    await client`select 1`;
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `no PostgreSQL at ${new URL(ADMIN_URL).host} (${code ?? message}); set TEST_DATABASE_URL`;
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** Why there is no PostgreSQL to test on; undefined: there is. */
export const NO_POSTGRES = await reasonAgainstPostgres();

const created: string[] = [];
const folders: string[] = [];
let firstStart: Promise<string> | undefined;

async function asAdmin(statement: string): Promise<void> {
  const client = postgres(ADMIN_URL, { max: 1, onnotice: () => {} });
  try {
    await client.unsafe(statement);
  } finally {
    await client.end({ timeout: 2 });
  }
}

/** A fresh database of PostgreSQL. @returns its URL */
export async function createPostgres(): Promise<string> {
  const name = `polyge_test_${randomBytes(6).toString("hex")}`;
  await asAdmin(`create database ${name}`);
  created.push(name);
  const url = new URL(ADMIN_URL);
  url.pathname = `/${name}`;
  return url.href;
}

/** Where processes that test together find the files that a first start left, made once for all. */
export const FIRST_START = "POLYGE_TEST_FIRST_START";

/** Accounts of a database with people: more than the tests of one process need. */
const PEOPLE = 1000;
const partsOf = (folder: string) => ({
  empty: join(folder, "empty"),
  peopled: join(folder, "peopled"),
  logins: join(folder, "logins.json"),
});

/**
 * The files that an embedded database has after its first start, which takes seconds of computing, and the same with people.
 * @returns their folder
 */
export async function startFirst(): Promise<string> {
  const folder = newFolder();
  const { empty, peopled, logins } = partsOf(folder);
  await (await openDatabase({ directory: empty })).close();
  cpSync(empty, peopled, { recursive: true });
  writeFileSync(logins, JSON.stringify(await makeAccounts({ directory: peopled }, PEOPLE)));
  return folder;
}

async function firstStartParts() {
  const made = process.env[FIRST_START];
  firstStart ??= made === undefined ? startFirst() : Promise.resolve(made);
  return partsOf(await firstStart);
}

function copyOf(source: string, folder = newFolder()): string {
  cpSync(source, folder, { recursive: true });
  return folder;
}

/** A fresh embedded database, as if just started for the first time and stopped. @returns its folder */
export const createEmbedded = async (): Promise<string> => copyOf((await firstStartParts()).empty);

/** A database with people who have tokens, for a registration spends its time in argon2. */
export interface Peopled {
  /** Its place, as settings. */
  readonly environment: Record<string, string>;
  readonly logins: Login[];
}

/** @param folder where an embedded database's files go; by default a fresh one, deleted with all that was made here */
export async function createPeopled(kind: Kind, folder?: string): Promise<Peopled> {
  if (kind === "postgres") return peopledAt(await createPostgres());
  const { peopled, logins } = await firstStartParts();
  return { environment: { DATA_DIR: copyOf(peopled, folder) }, logins: JSON.parse(readFileSync(logins, "utf8")) };
}

/** The same in an empty database of PostgreSQL. */
export async function peopledAt(url: string): Promise<Peopled> {
  return { environment: { DATABASE_URL: url }, logins: await makeAccounts({ url, directory: "" }, PEOPLE) };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "polyge-test-data-"));
  folders.push(folder);
  return folder;
}

/** Drops what was made here. */
export async function dropDatabases(): Promise<void> {
  firstStart = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const name of created.splice(0)) await asAdmin(`drop database if exists ${name} with (force)`);
}
