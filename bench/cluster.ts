/**
 * Many sockets on several nodes: `bun run bench:cluster --database postgres://… --nats nats://… [--sizes 1000,10000,100000]`.
 * Holds authenticated sockets spread over the nodes while messages flow between random pairs at a set rate, and accounts
 * for every message. Each size has fresh server and client processes. Raw figures go to bench/results/cluster.json.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import { askedOf, WrongArguments } from "../src/cli/command/command.ts";
import { STAMP_BYTES } from "../src/cli/load/engine/stamp.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { clusterTables, isSound } from "./cluster-report.ts";
import { type ClusterRun, holdCluster } from "./cluster-run.ts";
import { clientsFor } from "./crowd.ts";
import { surroundings } from "./surroundings.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
/** Sockets that one process may hold where its limit is 20,000 files: the server keeps 200 back. */
const SOCKETS_PER_PROCESS = 19_800;

const HELP = `Many sockets on several nodes, while messages flow between random pairs at a set rate.

  bun run bench:cluster --database postgres://… --nats nats://… [options]

  --database URL   of a database to itself: its accounts stay there. With one node the default is an embedded one
  --nats URL       nats://… that joins the nodes; with one node it needs none
  --sockets N      an even number; default: 100000
  --sizes LIST     several numbers of sockets, as 1000,10000, each measured in turn; instead of --sockets
  --nodes N        server processes; default: 6
  --seconds S      how long messages flow; default: 300
  --rate N         messages a second, all sockets together; default: 2000
  --clients N      client processes, 1 to 250; default: auto
  --bytes N        data of each message, from ${STAMP_BYTES}, without the frame's own 36 bytes; default: 64
  --rounds N       how often each size is measured, every second time in reverse order; default: 1
  --help           this

Exit codes: 0; 1 a message was lost or a socket ended; 2 wrong arguments.
`;

const OPTIONS = {
  sockets: { type: "string", default: "100000" },
  sizes: { type: "string" },
  nodes: { type: "string", default: "6" },
  seconds: { type: "string", default: "300" },
  rate: { type: "string", default: "2000" },
  clients: { type: "string", default: "auto" },
  bytes: { type: "string", default: "64" },
  rounds: { type: "string", default: "1" },
  database: { type: "string" },
  nats: { type: "string" },
} as const;

const asked = askedOf("bench:cluster", HELP, { options: OPTIONS }, ({ values }) => {
  const numbers = [values.nodes, values.seconds, values.rate, values.bytes, values.rounds].map(Number);
  const [nodes, seconds, rate, bytes, rounds] = numbers as [number, number, number, number, number];
  const sizes = (values.sizes ?? values.sockets).split(",").map(Number);
  const clientsOf = (sockets: number) => (values.clients === "auto" ? clientsFor(sockets) : Number(values.clients));
  const { database, nats } = values;
  const asked = { sizes, nodes, seconds, rate, bytes, rounds, clientsOf, database, nats };
  const wrong = fault(asked);
  if (wrong !== undefined) throw new WrongArguments(wrong);
  return asked;
});

interface Asked {
  readonly sizes: readonly number[];
  readonly nodes: number;
  readonly seconds: number;
  readonly rate: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly clientsOf: (sockets: number) => number;
  readonly database: string | undefined;
  readonly nats: string | undefined;
}

/** What is wrong with the arguments, as one line; undefined: nothing. */
function fault({ sizes, nodes, seconds, rate, bytes, rounds, clientsOf, database, nats }: Asked): string | undefined {
  const whole = (n: number, least: number) => Number.isInteger(n) && n >= least;
  if (!sizes.every((size) => whole(size, 2) && size % 2 === 0)) return "--sockets and --sizes take even numbers";
  if (!(whole(nodes, 1) && whole(rounds, 1) && seconds > 0 && rate > 0)) {
    return "--nodes, --rounds, --seconds and --rate take positive numbers";
  }
  if (!whole(bytes, STAMP_BYTES)) return `--bytes is at least ${STAMP_BYTES}`;
  if (nodes > 1 && !(database && nats)) return "several nodes share --database and --nats";
  for (const size of sizes) {
    if (size > nodes * SOCKETS_PER_PROCESS) return `${size} sockets take more than ${nodes} nodes`;
    const clients = clientsOf(size);
    if (!whole(clients, 1) || clients > 250) return "--clients is auto, or from 1 to 250";
    if (size > clients * SOCKETS_PER_PROCESS) return `${size} sockets take more than ${clients} clients`;
  }
  return undefined;
}

const { sizes, nodes, seconds, rate, bytes, rounds, clientsOf, database, nats } = asked;
const folder = await mkdtemp(join(tmpdir(), "polyge-cluster-"));
const runs: ClusterRun[] = [];
try {
  const logins = await makeAccounts({ url: database, directory: folder }, Math.max(...sizes));
  const store: Record<string, string> = database ? { DATABASE_URL: database } : { DATABASE_URL: "", DATA_DIR: folder };
  const server = polyge({ ...store, NATS_URL: nats ?? "" });
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
