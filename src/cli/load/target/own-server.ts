/** A server to test where none is named: a process of its own, on an embedded database in a folder that is deleted again. */

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Login } from "../engine/connection.ts";
import { readAccounts } from "./accounts.ts";
import { polyge } from "./polyge.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const ACCOUNTS = fileURLToPath(new URL("../../accounts/main.ts", import.meta.url));

export interface OwnServer extends ServerProcess {
  readonly logins: readonly Login[];
}

/** @throws Error where the accounts cannot be made, or the server does not start; nothing stays behind */
export async function startOwnServer(accounts: number): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), "polyge-load-"));
  const clean = () => rm(folder, { recursive: true, force: true });
  // Where the program ends before its time.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    const logins = await makeAccounts(folder, accounts);
    // An interrupt ends the run, and the server only after the report.
    const server = await startServer(polyge({ DATA_DIR: join(folder, "data") }), true);
    return {
      ...server,
      logins,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

async function makeAccounts(folder: string, count: number): Promise<readonly Login[]> {
  const file = join(folder, "accounts");
  const words = ["--count", String(count), "--out", file, "--data-dir", join(folder, "data")];
  const maker = Bun.spawn([process.execPath, ACCOUNTS, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  if ((await maker.exited) !== 0) throw new Error("no accounts could be made");
  return readAccounts(file, count);
}
