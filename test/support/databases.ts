/** The databases that tests run on: PGlite always, PostgreSQL where one answers, each fresh. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { openDatabase } from "../../src/store/database.ts";
import type { Obstacle } from "./needs.ts";

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

/** The files that an embedded database has after its first start, which takes seconds of computing. @returns their folder */
export async function startFirst(): Promise<string> {
  const folder = newFolder();
  await (await openDatabase({ directory: folder })).close();
  return folder;
}

/** A fresh embedded database, as if just started for the first time and stopped. @returns its folder */
export async function createEmbedded(): Promise<string> {
  const made = process.env[FIRST_START];
  firstStart ??= made === undefined ? startFirst() : Promise.resolve(made);
  const source = await firstStart;
  const folder = newFolder();
  cpSync(source, folder, { recursive: true });
  return folder;
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
