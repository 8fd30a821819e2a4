/**
 * Many sockets on several nodes: `bun run bench:cluster --database postgres://… --nats nats://… [--sizes 1000,10000,100000]`.
 * Holds authenticated sockets spread over the nodes while messages flow between random pairs at a set rate, and accounts
 * for every message. Each size has fresh server and client processes. Raw figures go to bench/results/cluster.json.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import { STAMP_BYTES } from "../src/cli/load/engine/stamp.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { clusterTables, isSound } from "./cluster-report.ts";
import { type ClusterRun, holdCluster } from "./cluster-run.ts";
import { clientsFor } from "./crowd.ts";
import { surroundings } from "./surroundings.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
/** Sockets that one process may hold where its limit is 20,000 files: the server keeps 200 back. */
const SOCKETS_PER_PROCESS = 19_800;

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "100000" },
    /** Several numbers of sockets, each measured in turn; instead of --sockets. */
    sizes: { type: "string" },
    /** Server processes. */
    nodes: { type: "string", default: "6" },
    /** How long messages flow. */
    seconds: { type: "string", default: "300" },
    /** Messages a second, all sockets together. */
    rate: { type: "string", default: "2000" },
    /** Client processes. */
    clients: { type: "string", default: "auto" },
    /** Data of each message, without the frame's own 36 bytes. */
    bytes: { type: "string", default: "64" },
    /** How often each size is measured; every second time in reverse order. */
    rounds: { type: "string", default: "1" },
    /** postgres://… of a database to itself: its accounts stay there. With one node the default is a PGlite folder. */
    database: { type: "string" },
    /** nats://… that joins the nodes. */
    nats: { type: "string" },
  },
});
const [nodes, seconds, rate, bytes, rounds] = [
  values.nodes,
  values.seconds,
  values.rate,
  values.bytes,
  values.rounds,
].map(Number) as [number, number, number, number, number];
const sizes = (values.sizes ?? values.sockets).split(",").map(Number);

const clientsOf = (sockets: number) => (values.clients === "auto" ? clientsFor(sockets) : Number(values.clients));

/** What is wrong with the arguments, as one line; undefined: nothing. */
function fault(): string | undefined {
  const whole = (n: number, least: number) => Number.isInteger(n) && n >= least;
  if (!sizes.every((size) => whole(size, 2) && size % 2 === 0)) return "--sockets and --sizes take even numbers";
  if (!(whole(nodes, 1) && whole(rounds, 1) && seconds > 0 && rate > 0)) {
    return "--nodes, --rounds, --seconds and --rate take positive numbers";
  }
  if (!whole(bytes, STAMP_BYTES)) return `--bytes is at least ${STAMP_BYTES}`;
  if (nodes > 1 && !(values.database && values.nats)) return "several nodes share --database and --nats";
  for (const size of sizes) {
    if (size > nodes * SOCKETS_PER_PROCESS) return `${size} sockets take more than ${nodes} nodes`;
    const clients = clientsOf(size);
    if (!whole(clients, 1) || clients > 250) return "--clients is auto, or from 1 to 250";
    if (size > clients * SOCKETS_PER_PROCESS) return `${size} sockets take more than ${clients} clients`;
  }
  return undefined;
}

const wrong = fault();
if (wrong !== undefined) {
  console.error(wrong);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "polyge-cluster-"));
const runs: ClusterRun[] = [];
try {
  const logins = await makeAccounts({ url: values.database, directory: folder }, Math.max(...sizes));
  const store: Record<string, string> = values.database
    ? { DATABASE_URL: values.database }
    : { DATABASE_URL: "", DATA_DIR: folder };
  const server = polyge({ ...store, NATS_URL: values.nats ?? "" });
  for (let round = 0; round < rounds; round++) {
    for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
      const options = { server, nodes, clients: clientsOf(size), seconds, rate, dataBytes: bytes };
      runs.push({ ...(await holdCluster({ ...options, logins: logins.slice(0, size) })), round });
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const settings = { sizes, nodes, seconds, rate, dataBytes: bytes, rounds };
await mkdir(RESULTS, { recursive: true });
await Bun.write(
  join(RESULTS, "cluster.json"),
  `${JSON.stringify({ ...(await surroundings()), settings, runs }, null, 2)}\n`,
);
console.log(clusterTables(runs));
if (!runs.every(isSound)) process.exit(1);
