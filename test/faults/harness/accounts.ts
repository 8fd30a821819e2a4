/** A database with accounts for one scenario, fresh for each. */
import { cpSync, mkdirSync } from "node:fs";
import { makeAccounts } from "../../../src/cli/accounts/make.ts";
import { createEmbedded, createPostgres, type Kind } from "../../support/databases.ts";
import type { Login } from "./wire.ts";

/** Accounts in each database. */
export const ACCOUNTS = 40;

export interface Place {
  /** What the server is told of its database. */
  readonly environment: Record<string, string>;
  readonly logins: readonly Login[];
}

let template: Promise<{ folder: string; logins: Login[] }> | undefined;

async function makeTemplate() {
  const folder = await createEmbedded();
  return { folder, logins: await makeAccounts({ directory: folder }, ACCOUNTS) };
}

/** @param folder where the embedded database's files go */
export async function placeOf(kind: Kind, folder: string): Promise<Place> {
  if (kind === "postgres") return placeAt(await createPostgres());
  template ??= makeTemplate();
  const { folder: source, logins } = await template;
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  return { environment: { DATA_DIR: folder }, logins };
}

export async function placeAt(url: string): Promise<Place> {
  const logins = await makeAccounts({ url, directory: "" }, ACCOUNTS);
  return { environment: { DATABASE_URL: url }, logins };
}
