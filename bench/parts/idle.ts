/** What an idle, authenticated socket costs a server's process in memory, and how fast the sockets open. */
import { measureCpu } from "../../src/cli/load/engine/cpu.ts";
import { SCENARIO } from "../../src/cli/load/scenarios.ts";
import { type ServerProgram, startServer } from "../../src/cli/load/target/server-process.ts";
import { clientsFor, crowdOf, openAll, warmUp } from "../crowd.ts";
import { residentBytes } from "../metrics.ts";
import type { Ground } from "./ground.ts";

/** What a few sockets leave behind is given back sooner than what thousands do: part of the whole time. */
const WARM_UP_SETTLES = 0.25;

export interface IdleResult {
  readonly server: string;
  readonly sockets: number;
  /** Growth of the process's resident memory, some seconds after the last socket opened, by the sockets. */
  readonly bytesPerSocket: number;
  readonly opensPerSecond: number;
  /** Cores that the server used while all were silent: its pings. */
  readonly idleCores: number;
}

export async function measureIdle(ground: Ground, sockets: number): Promise<IdleResult[]> {
  const results: IdleResult[] = [];
  for (const program of ground.servers) {
    const result = await idleOn(program, ground, sockets);
    ground.say(`idle: ${result.server} ${Math.round(result.bytesPerSocket)} bytes a socket`);
    results.push(result);
  }
  return results;
}

async function idleOn(program: ServerProgram, { logins, settleSeconds }: Ground, sockets: number): Promise<IdleResult> {
  const users = logins.slice(0, sockets);
  await using server = await startServer(program);
  await warmUp([server.url], users);
  await Bun.sleep(settleSeconds * WARM_UP_SETTLES * 1000);
  const before = residentBytes(server.pid);
  await using crowd = crowdOf([server.url], SCENARIO.idle.members(users), clientsFor(sockets));
  const seconds = await openAll(crowd, sockets);
  const cpu = measureCpu([server.pid]);
  await Bun.sleep(settleSeconds * 1000);
  const after = residentBytes(server.pid);
  return {
    server: program.name,
    sockets,
    bytesPerSocket: (after - before) / sockets,
    opensPerSecond: sockets / seconds,
    idleCores: cpu().servers ?? Number.NaN,
  };
}
