/** Whatever takes part in `bun run bench`, each measured by its own fresh processes. */
import { fileURLToPath } from "node:url";
import type { ClosedLoopOptions, ClosedLoopResult } from "../src/cli/load/engine/closed-loop.ts";
import type { Login } from "../src/cli/load/engine/connection.ts";
import type { ServerProgram } from "../src/cli/load/target/server-process.ts";
import { rawNats } from "./raw-nats.ts";
import { startNodes } from "./servers.ts";

const CLIENT = fileURLToPath(new URL("../src/cli/load/engine/process.ts", import.meta.url));
/** What a frame adds to its data, in bytes. */
const FRAME_OVERHEAD = 36;

export const RAW_NATS = "raw NATS";

export interface Loop {
  readonly logins: readonly Login[];
  readonly inFlight: number;
  readonly dataBytes: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Entrant {
  readonly name: string;
  measure(loop: Loop): Promise<ClosedLoopResult>;
}

/** A relay of one node or more; with two, the users of each pair are on different ones. */
export function relay(program: ServerProgram, nodes = 1): Entrant {
  return {
    name: nodes === 1 ? program.name : `${program.name}, ${nodes} nodes`,
    async measure(loop) {
      await using servers = await startNodes(program, nodes);
      return await load({ ...loop, urls: servers.urls, serverPids: servers.pids });
    },
  };
}

/** The same traffic through NATS alone. @param url nats://host:port */
export function natsAlone(url: string): Entrant {
  return {
    name: RAW_NATS,
    measure: ({ logins, dataBytes, ...loop }) =>
      rawNats({ ...loop, url, users: logins.length, bytes: dataBytes + FRAME_OVERHEAD }),
  };
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
