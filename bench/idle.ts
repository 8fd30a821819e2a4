/**
 * What an idle socket costs: `bun run bench:idle [--sockets 19500] [--database postgres://…]`. Opens authenticated
 * sockets to one process and compares its resident memory before and after. Also says how fast they connected.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import { Connection } from "../src/cli/load/engine/connection.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { startServer } from "../src/cli/load/target/server-process.ts";
import { residentBytes } from "./metrics.ts";

const { values } = parseArgs({
  options: {
    /** postgres://…; the default is a temporary PGlite folder. */
    database: { type: "string" },
    sockets: { type: "string", default: "19500" },
  },
});
const count = Number(values.sockets);
/** Upgrades under way at once. */
const AT_ONCE = 100;
/** Opened and closed again first, so that what the process needs once is not counted as the sockets'. */
const WARM_UP = 500;
const SETTLE_MS = 5000;

const folder = await mkdtemp(join(tmpdir(), "polyge-idle-"));
try {
  const logins = await makeAccounts({ url: values.database, directory: folder }, count);
  await using server = await startServer(
    polyge(values.database ? { DATABASE_URL: values.database } : { DATA_DIR: folder }),
  );
  const url = new URL(server.url);

  async function open(howMany: number): Promise<Connection[]> {
    const opened: Connection[] = [];
    let next = 0;
    const worker = async () => {
      while (next < howMany) opened.push(await Connection.open(url, logins[next++]!, {}));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return opened;
  }

  for (const connection of await open(WARM_UP)) connection.terminate();
  await Bun.sleep(SETTLE_MS);
  const before = residentBytes(server.pid);
  const started = performance.now();
  const connections = await open(count);
  const seconds = (performance.now() - started) / 1000;
  await Bun.sleep(SETTLE_MS);
  const after = residentBytes(server.pid);
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  console.log(`${count} sockets opened in ${seconds.toFixed(1)} s: ${Math.round(count / seconds)} a second`);
  console.log(
    `resident before ${mebibytes(before)}, after ${mebibytes(after)}: ${Math.round((after - before) / count)} bytes a socket`,
  );
  for (const connection of connections) connection.terminate();
} finally {
  await rm(folder, { recursive: true, force: true });
}
