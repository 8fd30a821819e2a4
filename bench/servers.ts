/** The servers that are compared, each started as its user would start it: a fresh process on a free port. */
import { fileURLToPath } from "node:url";

const START_MS = 30_000;
/** The contract gives the server 10 s to stop. */
const STOP_MS = 12_000;

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const bareBun: Contender = {
  name: "bare Bun",
  command: [process.execPath, file("./peers/bare-bun.ts")],
  environment: {},
};

export const nodeWs: Contender = {
  name: "Node ws",
  command: ["node", file("./peers/node-ws.mjs")],
  environment: {},
};

/** Polyge with every check on. The rate limit counts each frame too; it is only set higher than the loop can go. */
export function polyge(settings: Readonly<Record<string, string>>): Contender {
  return {
    name: "Polyge",
    command: [process.execPath, file("../src/main.ts")],
    environment: {
      HOST: "127.0.0.1",
      PORT: "0",
      MESSAGE_RATE: "10000000",
      MESSAGE_BURST: "10000000",
      REGISTRATIONS: "0",
      LOG_LEVEL: "warn",
      NATS_URL: "",
      ...settings,
    },
  };
}

/** Several nodes of one service. */
export interface RunningNodes extends AsyncDisposable {
  /** ws://127.0.0.1:port/wsconn of each. */
  readonly urls: readonly string[];
  readonly pids: readonly number[];
}

export interface RunningServer extends AsyncDisposable {
  /** ws://127.0.0.1:port/wsconn */
  readonly url: string;
  readonly pid: number;
}

/** The port of the first URL that the process prints. The rest of its output is read and dropped. */
async function printedPort(output: ReadableStream<Uint8Array>): Promise<string> {
  const reader = output.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended before it said its URL: ${text}`);
    text += decoder.decode(value, { stream: true });
    const port = /https?:\/\/[^\s:]+:(\d+)\b(?=\D)/.exec(text)?.[1];
    if (port === undefined) continue;
    const drop = async () => {
      while (!(await reader.read()).done);
    };
    drop().catch(() => {});
    return port;
  }
}

async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} took over ${milliseconds / 1000} s`)), milliseconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws Error where the server does not say its URL in time; no process stays behind */
export async function start(contender: Contender): Promise<RunningServer> {
  const child = Bun.spawn([...contender.command], {
    env: { ...process.env, ...contender.environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await within(STOP_MS, `stopping ${contender.name}`, child.exited).catch(() => child.kill("SIGKILL"));
    await child.exited;
  };
  try {
    const port = await within(START_MS, `starting ${contender.name}`, printedPort(child.stdout));
    return { url: `ws://127.0.0.1:${port}/wsconn`, pid: child.pid, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws Error where one of them does not start; no process stays behind */
export async function startNodes(contender: Contender, count: number): Promise<RunningNodes> {
  const attempts = await Promise.allSettled(Array.from({ length: count }, () => start(contender)));
  const nodes = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  const stop = async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())));
  const failed = attempts.find((attempt) => attempt.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { urls: nodes.map(({ url }) => url), pids: nodes.map(({ pid }) => pid), [Symbol.asyncDispose]: stop };
}
