/**
 * Polyge beside its yardsticks: `bun run bench [--only relay,idle,…]`. Figures go to a JSON file, ratios and tables to the
 * terminal; a run of all parts is drawn into RESULTS.md. Exit codes: 0; 1 frames were lost or sockets ended; 2 wrong
 * arguments, or a server that does not work.
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeAccounts } from "../src/cli/accounts/make.ts";
import type { Login } from "../src/cli/load/engine/connection.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { type Arguments, HELP, readArguments, type ServerName } from "./arguments.ts";
import { type Entrant, natsAlone, relay } from "./entrants.ts";
import { FORMAT, type Measured, PARTS, type Parts } from "./measured.ts";
import { CONNECTS_USERS, measureConnects } from "./parts/connects.ts";
import type { Ground } from "./parts/ground.ts";
import { measureIdle } from "./parts/idle.ts";
import { LOGINS_USERS, measureLogins } from "./parts/logins.ts";
import { measureOffline, OFFLINE_USERS } from "./parts/offline.ts";
import { measureRelay } from "./parts/relay.ts";
import { ratiosOf } from "./ratios.ts";
import { textOf } from "./report.ts";
import { writeResults } from "./results-page.ts";
import { bareBun, nodeWs } from "./servers.ts";
import { surroundings } from "./surroundings.ts";

const LOST = 1;
const NOT_RUN = 2;

/** How many users the parts need. */
function usersOf({ only, shapes, sockets }: Arguments): number {
  const needs = {
    relay: Math.max(...shapes.map((shape) => shape.sockets)),
    idle: sockets,
    connects: CONNECTS_USERS,
    logins: LOGINS_USERS,
    offline: OFFLINE_USERS,
  };
  return Math.max(...only.map((part) => needs[part]));
}

/** Where nobody checks them, users cost nothing. */
async function loginsOf(asked: Arguments, at: Ground["at"]): Promise<readonly Login[]> {
  const count = usersOf(asked);
  const isPolygeThere =
    asked.only.some((part) => part !== "relay") || asked.servers.some((name) => /^polyge/.test(name));
  if (isPolygeThere) return makeAccounts(at, count);
  return Array.from({ length: count }, (_, index) => ({ uid: index + 1, token: "0".repeat(32) }));
}

/** Who takes part in the relay's throughput; whoever cannot is named. */
function entrantsOf(
  { servers, nats, database }: Arguments,
  store: Record<string, string>,
  say: Ground["say"],
): Entrant[] {
  const known: Record<ServerName, { missing?: string | false; entrant: () => Entrant }> = {
    polyge: { entrant: () => relay(polyge(store)) },
    "polyge-history": {
      entrant: () => relay({ ...polyge({ ...store, HISTORY_DAYS: "30" }), name: "Polyge, history" }),
    },
    "polyge-2-nodes": {
      missing: !(database && nats) && "two nodes share --database and --nats",
      entrant: () => relay(polyge({ ...store, NATS_URL: nats! }), 2),
    },
    "bare-bun": { entrant: () => relay(bareBun) },
    "node-ws": { missing: !Bun.which("node") && "there is no node on this machine", entrant: () => relay(nodeWs) },
    "nats-raw": { missing: !nats && "it needs --nats", entrant: () => natsAlone(nats!) },
  };
  return servers.flatMap((name) => {
    const { missing, entrant } = known[name];
    if (missing) say(`skipped ${name}: ${missing}`);
    return missing ? [] : [entrant()];
  });
}

async function measure(asked: Arguments, folder: string): Promise<Parts> {
  const at = { url: asked.database, directory: folder };
  const store: Record<string, string> = asked.database ? { DATABASE_URL: asked.database } : { DATA_DIR: folder };
  const say = (line: string) => console.error(line);
  const own = polyge(store);
  const { seconds, warmUpSeconds, settleSeconds, only } = asked;
  const ground: Ground = {
    at,
    polyge: own,
    servers: [own, bareBun, ...(Bun.which("node") ? [nodeWs] : [])],
    logins: await loginsOf(asked, at),
    seconds,
    warmUpSeconds,
    settleSeconds,
    say,
  };
  return {
    ...(only.includes("relay") && {
      relay: await measureRelay(ground, entrantsOf(asked, store, say), asked.shapes, asked.rounds),
    }),
    ...(only.includes("idle") && { idle: await measureIdle(ground, asked.sockets) }),
    ...(only.includes("connects") && { connects: await measureConnects(ground) }),
    ...(only.includes("logins") && { logins: await measureLogins(ground) }),
    ...(only.includes("offline") && { offline: await measureOffline(ground) }),
  };
}

/** Whether every frame arrived, and every socket that should be open was. */
function isSound({ relay, offline }: Parts): boolean {
  const relayed = relay?.summary.every(({ lost, closed }) => lost === 0 && closed === 0) ?? true;
  return relayed && (offline?.missing ?? 0) === 0;
}

async function main(words: readonly string[]): Promise<number> {
  const asked = readArguments(words);
  if (asked === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  // The servers are killed as this process exits.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(NOT_RUN));
  const folder = await mkdtemp(join(tmpdir(), "polyge-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const parts = await measure(asked, folder);
  const { only, rounds, sockets, seconds, warmUpSeconds, settleSeconds, quick } = asked;
  const around = await surroundings();
  const database = parts.offline && { database: parts.offline.database };
  const measured: Measured = {
    format: FORMAT,
    ...around,
    versions: { ...around.versions, ...database },
    settings: { only, quick, rounds, sockets, seconds, warmUpSeconds, settleSeconds },
    note: asked.note,
    ratios: ratiosOf(parts),
    parts,
  };
  await mkdir(dirname(asked.json), { recursive: true });
  await writeFile(asked.json, `${JSON.stringify(measured, null, 2)}\n`);
  console.log(textOf(measured));
  const isWhole = PARTS.every((part) => only.includes(part)) && !quick;
  if (isWhole) console.log(`drawn: ${await writeResults(measured)}`);
  else console.log(`not drawn, being only a part; to draw it: bun run bench:draw ${asked.json} --to FOLDER`);
  return isSound(parts) ? 0 : LOST;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exit(NOT_RUN);
}
