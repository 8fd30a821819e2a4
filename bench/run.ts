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
import { makeAccounts } from "./accounts.ts";
import type { ClosedLoopOptions, ClosedLoopResult } from "./engine/closed-loop.ts";
import type { Login } from "./engine/connection.ts";
import { type Round, summarise, table } from "./report.ts";
import { bareBun, type Contender, nodeWs, polyge, start } from "./servers.ts";
import { surroundings } from "./surroundings.ts";

/** Sockets × frames in flight for each. */
const SHAPES = ["64x16", "1000x8", "4000x2"];
const DATA_BYTES = 64;
const WARM_UP_SECONDS = 1;
const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
const CLIENT = fileURLToPath(new URL("./engine/process.ts", import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    servers: { type: "string", default: "polyge,bare-bun,node-ws" },
    shapes: { type: "string", default: SHAPES.join(",") },
    /** postgres://…; the default is a temporary PGlite folder. */
    database: { type: "string" },
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

/** Runs the load client in its own process, so that it shares no event loop with anything. */
async function load(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const client = Bun.spawn([process.execPath, CLIENT], {
    stdin: new Blob([JSON.stringify(options)]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = await new Response(client.stdout).text();
  if ((await client.exited) !== 0) throw new Error("the load client failed");
  return JSON.parse(output);
}

async function measure(contender: Contender, logins: Login[], inFlight: number): Promise<ClosedLoopResult> {
  await using server = await start(contender);
  return await load({
    urls: [server.url],
    logins,
    inFlight,
    dataBytes: DATA_BYTES,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
    serverPids: [server.pid],
  });
}

/** Which servers take part, and the logins that all of them accept: the peers take any. */
async function prepare(folder: string): Promise<{ contenders: Contender[]; logins: Login[] }> {
  const names = values.servers.split(",");
  const count = Math.max(...shapes.map((shape) => shape.sockets));
  const contenders: Contender[] = [];
  let logins = Array.from({ length: count }, (_, index) => ({ uid: index + 1, token: "0".repeat(32) }));
  if (names.includes("polyge")) {
    const { database } = values;
    // An empty variable counts as unset: a database of the surroundings is not what is measured.
    contenders.push(polyge(database ? { DATABASE_URL: database } : { DATABASE_URL: "", DATA_DIR: folder }));
    logins = await makeAccounts({ url: database, directory: folder }, count);
  }
  if (names.includes("bare-bun")) contenders.push(bareBun);
  if (names.includes("node-ws")) {
    if (Bun.which("node")) contenders.push(nodeWs);
    else console.log("skipped Node ws: there is no node on this machine");
  }
  return { contenders, logins };
}

const folder = await mkdtemp(join(tmpdir(), "polyge-bench-"));
const done: Round[] = [];
try {
  const { contenders, logins } = await prepare(folder);
  for (const { name, sockets, inFlight } of shapes) {
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? contenders : contenders.toReversed();
      for (const contender of order) {
        const result = await measure(contender, logins.slice(0, sockets), inFlight);
        done.push({ shape: name, round, server: contender.name, result });
        const rate = Math.round(result.messagesPerSecond).toLocaleString("en");
        console.error(`${name}, round ${round + 1} of ${rounds}: ${contender.name} ${rate} msg/s`);
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const summary = summarise(done);
const report = {
  ...(await surroundings()),
  settings: { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS, dataBytes: DATA_BYTES },
  summary,
  rounds: done,
};
await mkdir(RESULTS, { recursive: true });
await Bun.write(join(RESULTS, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
console.log(table(summary, [bareBun.name, nodeWs.name]));
if (summary.some((line) => line.lost > 0 || line.closed > 0)) process.exit(1);
