/** NATS servers of the tests' own. */
import { createConnection } from "node:net";
import { withoutPrograms } from "./needs.ts";
import { freePort } from "./ports.ts";

const PROGRAM = "nats-server";

/** Why there is no NATS to test on; undefined: there is. */
export const NO_NATS = withoutPrograms(PROGRAM);

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Kills it, as a crash would. Its port stays its own. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** @param options further arguments of nats-server, such as `--user`, `--pass`, `--routes` */
export async function startNats(...options: string[]): Promise<NatsServer> {
  const port = await freePort();
  let running: Bun.Subprocess | undefined;
  const server: NatsServer = {
    port,
    url: `nats://127.0.0.1:${port}`,
    async start() {
      running = Bun.spawn([PROGRAM, "--addr", "127.0.0.1", "--port", String(port), ...options], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      await accepting(port, running);
    },
    async stop() {
      running?.kill("SIGKILL");
      await running?.exited;
      running = undefined;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  await server.start();
  return server;
}

/** Resolves when something says hello at the port. */
async function accepting(port: number, program: Bun.Subprocess): Promise<void> {
  while (program.exitCode === null) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, "127.0.0.1");
      socket.on("error", () => resolve(false));
      socket.once("data", () => {
        resolve(true);
        socket.destroy();
      });
    });
    if (there) return;
    await Bun.sleep(5);
  }
  throw new Error(`nats-server ended with ${program.exitCode}`);
}
