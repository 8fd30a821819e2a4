import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Connection } from "../../src/cli/load/engine/connection.ts";
import { readAccounts } from "../../src/cli/load/target/accounts.ts";
import { createEmbedded } from "../support/databases.ts";
import { start } from "../support/services.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/accounts/main.ts", import.meta.url));
const PATIENCE_MS = 60_000;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyge-accounts-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function accounts(...words: string[]): Promise<{ code: number; fault: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const [fault, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return { code, fault };
}

test(
  "accounts made in bulk open sockets of the server that uses the database, in a file that only its owner reads",
  async () => {
    const [file, data] = [join(folder, "accounts"), await createEmbedded()];
    expect(await accounts("--count", "6", "--out", file, "--data-dir", data)).toEqual({ code: 0, fault: "" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toMatch(/^(?:\d+\t\d{32}\n){6}$/);
    const logins = await readAccounts(file, 6);
    const { service } = await start({ DATA_DIR: data });
    const url = new URL(`${service.url.replace("http", "ws")}/wsconn`);
    const opened = await Promise.all(logins.map((login) => Connection.open(url, login, {})));
    for (const connection of opened) connection.terminate();
    const another = { uid: logins[0]!.uid, token: logins[1]!.token };
    await expect(Connection.open(url, another, {})).rejects.toThrow("401");
    await expect(readAccounts(file, 7)).rejects.toThrow("has 6 accounts, 7 are needed");
  },
  PATIENCE_MS,
);

test("a wrong argument is named in one line, with exit code 2", async () => {
  const file = join(folder, "accounts");
  expect(await accounts("--count", "0", "--out", file)).toEqual({
    code: 2,
    fault: 'accounts: --count takes a whole number from 1 to 10,000,000, not "0"\n',
  });
  expect(await accounts("--count", "5")).toEqual({ code: 2, fault: "accounts: --out is missing; see --help\n" });
  expect(await accounts("--count", "5", "--out", file, "--database", "mysql://x")).toEqual({
    code: 2,
    fault: "accounts: --database takes postgres://…\n",
  });
});
