import { createServer } from "node:net";

/**
 * A port that nobody listens on, to be listened on now and again after a stop. Below the range from which the kernel takes
 * ports of outgoing connections: one of those could take it meanwhile, even the very connection that tries to reach it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
