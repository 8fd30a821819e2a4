/** The places that the scenarios go to: one server for all, and proxies and a control of each runner's own. */
import { createConnection, createServer } from "node:net";
import { startProxy } from "../support/proxy.ts";
import { sharedService } from "../support/services.ts";
import type { Places } from "./scenarios/world.ts";

const SETTINGS = { ALLOWED_ORIGINS: "*", REGISTRATIONS: "0", LOGIN_FAILURES: "0" };

/** The server that all runners share. */
export const startServer = async () => (await sharedService("pglite", SETTINGS)).service;

/** Passes connections on without the header by which a client offers `polyge.v2`, as simple proxies do. */
async function startForgetful(targetPort: number) {
  const server = createServer((near) => {
    const far = createConnection(targetPort, "127.0.0.1");
    near.once("data", (head) => {
      far.write(head.toString("latin1").replace(/^sec-websocket-protocol:.*\r\n/im, ""), "latin1");
      near.pipe(far);
    });
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

export async function openPlaces(): Promise<Places & AsyncDisposable> {
  const service = await startServer();
  const proxy = await startProxy(service.port);
  const forgetful = await startForgetful(service.port);
  const control = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const order = new URL(request.url).pathname.slice(1);
      if (order === "cut" || order === "freeze" || order === "thaw") proxy[order]();
      return new Response("", { headers: { "Access-Control-Allow-Origin": "*" } });
    },
  });
  return {
    url: service.url,
    proxied: `http://127.0.0.1:${proxy.port}`,
    withoutV2: `http://127.0.0.1:${forgetful.port}`,
    control: `http://127.0.0.1:${control.port}`,
    async [Symbol.asyncDispose]() {
      forgetful.close();
      await proxy[Symbol.asyncDispose]();
      await control.stop(true);
    },
  };
}
