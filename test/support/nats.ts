/** NATS servers of the tests' own. */
import { withoutPrograms } from "./needs.ts";
import { freePort } from "./ports.ts";

const PROGRAM = "nats-server";
const READY = "Server is ready";

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
      const program = Bun.spawn([PROGRAM, "--addr", "127.0.0.1", "--port", String(port), ...options], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      running = program;
      await ready(program);
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

/** Resolves when it says that it is ready. */
function ready(program: Bun.Subprocess<"ignore", "ignore", "pipe">): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  void (async () => {
    let said = "";
    // Read to the end, so that it never waits for us to take what it says.
    for await (const chunk of program.stderr) {
      if (said.includes(READY)) continue;
      said += Buffer.from(chunk).toString();
      if (said.includes(READY)) resolve();
    }
    reject(new Error(`nats-server ended: ${said}`));
  })();
  return promise;
}
