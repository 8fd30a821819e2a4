/** A storm of connections: authenticated sockets opened as fast as the server takes them, each closed for the next. */
import { measureCpu } from "../../src/cli/load/engine/cpu.ts";
import { SCENARIO } from "../../src/cli/load/scenarios.ts";
import { type ServerProgram, startServer } from "../../src/cli/load/target/server-process.ts";
import { countsOf, crowdOf } from "../crowd.ts";
import type { Ground } from "./ground.ts";

/** Users who come and go. */
export const CONNECTS_USERS = 1000;

export interface ConnectsResult {
  readonly server: string;
  readonly connectsPerSecond: number;
  /** CPU of one socket's opening and closing, in µs. What a storm is worth where the client cannot keep up. */
  readonly cpuUsPerConnect: number;
  readonly serverCpu: number;
  /** Upgrades that failed. */
  readonly refused: number;
}

export async function measureConnects(ground: Ground): Promise<ConnectsResult[]> {
  const results: ConnectsResult[] = [];
  for (const program of ground.servers) {
    const result = await stormOn(program, ground);
    ground.say(`connects: ${result.server} ${Math.round(result.connectsPerSecond)} a second`);
    results.push(result);
  }
  return results;
}

async function stormOn(program: ServerProgram, { logins, seconds, warmUpSeconds }: Ground): Promise<ConnectsResult> {
  await using server = await startServer(program);
  await using crowd = crowdOf([server.url], SCENARIO.connect.members(logins.slice(0, CONNECTS_USERS)), 1);
  await crowd.storm(warmUpSeconds);
  const before = await countsOf(crowd);
  const cpu = measureCpu([server.pid]);
  await crowd.storm(seconds);
  const used = cpu();
  const after = await countsOf(crowd);
  const connects = after.connects - before.connects;
  const serverCpu = used.servers ?? Number.NaN;
  return {
    server: program.name,
    connectsPerSecond: connects / used.seconds,
    cpuUsPerConnect: (serverCpu * used.seconds * 1e6) / connects,
    serverCpu,
    refused: after.refused,
  };
}
