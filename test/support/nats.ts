/** NATS servers of the tests' own, and a proxy that does to one node's connection what networks do. */
import { createConnection, createServer, type Socket } from "node:net";
import { freePort } from "./ports.ts";

const PROGRAM = Bun.which("nats-server");

/** Why there is no NATS to test on; undefined: there is. */
export const NO_NATS = PROGRAM ? undefined : "no nats-server on the PATH";
if (NO_NATS && process.env["CI"]) throw new Error(`CI must test with NATS: ${NO_NATS}`);

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
      running = Bun.spawn([PROGRAM!, "--addr", "127.0.0.1", "--port", String(port), ...options], {
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

export interface Proxy extends AsyncDisposable {
  /** Where a node connects instead of to the server. */
  readonly url: string;
  /** Connections open now. */
  readonly open: number;
  /** Breaks all connections. New ones are taken. */
  cut(): void;
  /** Nothing passes in either direction, of old connections and new ones, and nobody is told. */
  freeze(): void;
  /** What was held back passes. */
  thaw(): void;
  /** From now on whatever comes passes this many ms later. */
  delay(ms: number): void;
}

/**
 * @param targetPort of the server on 127.0.0.1
 * @param port 0 takes a free one
 */
export async function startProxy(targetPort: number, port = 0): Promise<Proxy> {
  const weather = { frozen: false, delay: 0 };
  const directions = new Set<Direction>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const direction = new Direction(from, to, weather);
      directions.add(direction);
      from.on("error", () => {});
      from.on("close", () => {
        directions.delete(direction);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => {
    for (const { from } of directions) from.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as { port: number }).port}`,
    get open() {
      return directions.size / 2;
    },
    cut,
    freeze() {
      weather.frozen = true;
      for (const { from } of directions) from.pause();
    },
    thaw() {
      weather.frozen = false;
      for (const direction of directions) direction.thaw();
    },
    delay(ms) {
      weather.delay = ms;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One way of a connection. Paused, it reads nothing, so that the sender's buffers fill as they would. */
class Direction {
  readonly #waiting: Buffer[] = [];
  #due = 0;

  constructor(
    readonly from: Socket,
    readonly to: Socket,
    readonly weather: { readonly frozen: boolean; readonly delay: number },
  ) {
    from.on("data", (chunk: Buffer) => {
      this.#waiting.push(chunk);
      if (weather.delay === 0 && this.#waiting.length === 1) this.#passOne();
      else setTimeout(() => this.#passOne(), weather.delay);
    });
    if (weather.frozen) from.pause();
  }

  thaw(): void {
    this.#passDue();
    this.from.resume();
  }

  /** Always the oldest, whichever timer has fired. */
  #passOne(): void {
    this.#due++;
    if (!this.weather.frozen) this.#passDue();
  }

  #passDue(): void {
    for (; this.#due > 0; this.#due--) {
      const chunk = this.#waiting.shift()!;
      if (!this.to.destroyed) this.to.write(chunk);
    }
  }
}
