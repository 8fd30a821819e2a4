/** A nats-server of one's own, to be stopped and started, and a wire to it that can be cut and frozen. */
import { createServer } from "node:net";

const NO_NATS_TEXT = "needs the program nats-server";
/** Why there can be none here; undefined: there can. */
export const NO_NATS = Bun.which("nats-server") === null ? NO_NATS_TEXT : undefined;

export class NatsServer {
  #child: Bun.Subprocess | undefined;
  constructor(readonly port: number) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = Bun.spawn(["nats-server", "-a", "127.0.0.1", "-p", String(this.port)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    const decoder = new TextDecoder();
    const listens = Promise.withResolvers<void>();
    void (async () => {
      let text = "";
      for await (const bytes of child.stderr) {
        text += decoder.decode(bytes, { stream: true });
        if (text.includes("Server is ready")) listens.resolve();
        text = text.slice(-2000);
      }
      listens.reject(new Error(`nats-server ended: ${text}`));
    })();
    await listens.promise;
  }

  async stop(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
    this.#child = undefined;
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export async function startNats(): Promise<NatsServer> {
  const server = new NatsServer(await freePort());
  await server.start();
  return server;
}
