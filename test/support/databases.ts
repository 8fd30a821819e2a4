/** The databases that tests run on: PGlite always, PostgreSQL where one answers, each fresh. */
import { randomBytes } from "node:crypto";
import postgres from "postgres";
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

/** Drops what `createPostgres` made. */
export async function dropDatabases(): Promise<void> {
  for (const name of created.splice(0)) await asAdmin(`drop database if exists ${name} with (force)`);
}
