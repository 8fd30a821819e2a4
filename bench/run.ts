/**
 * Polyge against a bare Bun relay and against Node with `ws`: `bun run bench [--quick]`. Every server runs in a fresh
 * process for each round, and the order of the servers turns round by round, so that warm-up and drift of the machine
 * fall on all alike. Raw rounds go to bench/results/latest.json.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import type { Login } from "../src/cli/load/engine/connection.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { type Entrant, natsAlone, RAW_NATS, relay } from "./entrants.ts";
import { type Round, summarise, table } from "./report.ts";
import { bareBun, nodeWs } from "./servers.ts";
import { surroundings } from "./surroundings.ts";

/** Sockets × frames in flight for each. */
const SHAPES = ["64x16", "1000x8", "4000x2"];
const DATA_BYTES = 64;
const WARM_UP_SECONDS = 1;
const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    /** Also: polyge-2-nodes, nats-raw. */
    servers: { type: "string", default: "polyge,bare-bun,node-ws" },
    shapes: { type: "string", default: SHAPES.join(",") },
    /** postgres://…; the default is a temporary PGlite folder. */
    database: { type: "string" },
    /** nats://…, for two nodes and for NATS alone. */
    nats: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const seconds = Number(values.seconds ?? (values.quick ? 1 : 3));
const shapes = values.shapes.split(",").map((shape) => {
  const [sockets, inFlight] = shape.split("x").map(Number);
  return { name: `${sockets} × ${inFlight}`, sockets: sockets!, inFlight: inFlight! };
});
if (!(rounds >= 1 && seconds > 0 && shapes.every((shape) => shape.sockets >= 2 && shape.inFlight >= 1))) {
  console.error("--rounds, --seconds and --shapes (64x16,1000x8) take positive numbers");
  process.exit(2);
}

/** Who takes part, and the logins that all of them accept: the peers take any. */
async function prepare(folder: string): Promise<{ entrants: Entrant[]; logins: Login[] }> {
  const names = values.servers.split(",");
  const { database, nats } = values;
  const count = Math.max(...shapes.map((shape) => shape.sockets));
  const entrants: Entrant[] = [];
  const take = (name: string, missing: string | undefined, entrant: () => Entrant) => {
    if (!names.includes(name)) return;
    if (missing === undefined) entrants.push(entrant());
    else console.log(`skipped ${name}: ${missing}`);
  };
  // An empty variable counts as unset: a database of the surroundings is not what is measured.
  const store: Record<string, string> = database ? { DATABASE_URL: database } : { DATABASE_URL: "", DATA_DIR: folder };
  take("polyge", undefined, () => relay(polyge(store)));
  take("polyge-2-nodes", database && nats ? undefined : "two nodes share --database and --nats", () =>
    relay(polyge({ ...store, NATS_URL: nats! }), 2),
  );
  take("bare-bun", undefined, () => relay(bareBun));
  take("node-ws", Bun.which("node") ? undefined : "there is no node on this machine", () => relay(nodeWs));
  take("nats-raw", nats ? undefined : "it needs --nats", () => natsAlone(nats!));
  const logins = names.some((name) => name.startsWith("polyge"))
    ? await makeAccounts({ url: database, directory: folder }, count)
    : Array.from({ length: count }, (_, index) => ({ uid: index + 1, token: "0".repeat(32) }));
  return { entrants, logins };
}

const loop = { dataBytes: DATA_BYTES, warmUpSeconds: WARM_UP_SECONDS, seconds };
const folder = await mkdtemp(join(tmpdir(), "polyge-bench-"));
const done: Round[] = [];
try {
  const { entrants, logins } = await prepare(folder);
  for (const { name, sockets, inFlight } of shapes) {
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? entrants : entrants.toReversed();
      for (const entrant of order) {
        const result = await entrant.measure({ ...loop, logins: logins.slice(0, sockets), inFlight });
        done.push({ shape: name, round, server: entrant.name, result });
        const rate = Math.round(result.messagesPerSecond).toLocaleString("en");
        console.error(`${name}, round ${round + 1} of ${rounds}: ${entrant.name} ${rate} msg/s`);
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const summary = summarise(done);
const report = {
  ...(await surroundings()),
  settings: { rounds, ...loop },
  summary,
  rounds: done,
};
await mkdir(RESULTS, { recursive: true });
await Bun.write(join(RESULTS, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
// Beside two nodes it is one node that is the yardstick; each only where it ran.
const yardsticks = [
  ...(values.servers.includes("polyge-2-nodes") ? ["Polyge"] : []),
  bareBun.name,
  nodeWs.name,
  RAW_NATS,
];
console.log(
  table(
    summary,
    yardsticks.filter((name) => summary.some(({ server }) => server === name)),
  ),
);
if (summary.some((line) => line.lost > 0 || line.closed > 0)) process.exit(1);
