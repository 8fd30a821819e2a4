/** The servers that are compared, each started as its user would start it: a fresh process on a free port. */
import { fileURLToPath } from "node:url";
import { type ServerProgram, startServer } from "../src/cli/load/target/server-process.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const bareBun: ServerProgram = {
  name: "bare Bun",
  command: [process.execPath, file("./peers/bare-bun.ts")],
  environment: {},
};

export const nodeWs: ServerProgram = {
  name: "Node ws",
  command: ["node", file("./peers/node-ws.mjs")],
  environment: {},
};

/** Several nodes of one service. */
export interface RunningNodes extends AsyncDisposable {
  /** ws://127.0.0.1:port/wsconn of each. */
  readonly urls: readonly string[];
  readonly pids: readonly number[];
}

/** @throws Error where one of them does not start; no process stays behind */
export async function startNodes(program: ServerProgram, count: number): Promise<RunningNodes> {
  const attempts = await Promise.allSettled(Array.from({ length: count }, () => startServer(program)));
  const nodes = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  const stop = async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())));
  const failed = attempts.find((attempt) => attempt.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { urls: nodes.map(({ url }) => url), pids: nodes.map(({ pid }) => pid), [Symbol.asyncDispose]: stop };
}
