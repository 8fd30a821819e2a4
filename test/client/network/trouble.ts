/** What a network does to connections, one thing after the other. */
import type { Connection } from "../../../src/client/index.ts";
import type { TcpProxy } from "../../support/proxy.ts";

export const TROUBLES = [
  "cut",
  "half-closed to the server",
  "half-closed to the client",
  "overtaken",
  "frozen",
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** How long everything takes to pass, in ms: so that much is under way when a connection breaks. */
export const DELAY_MS = 10;
/** How long a server goes on getting what a lost connection had sent: longer than the client takes to be back, in ms. */
const LINGER_MS = 100;

/** @param connection whose network it is */
export async function cause(trouble: Trouble, proxy: TcpProxy, connection: Connection): Promise<void> {
  proxy.linger(0);
  switch (trouble) {
    case "cut":
      return proxy.cut();
    case "half-closed to the server":
      return proxy.halfClose("servers");
    case "half-closed to the client":
      return proxy.halfClose("clients");
    case "overtaken":
      // The client leaves, and its next connection reaches the server before the last of this one does.
      proxy.linger(LINGER_MS);
      return proxy.leave();
    case "frozen": {
      proxy.freeze();
      await lost(connection);
      return proxy.thaw();
    }
  }
}

const lost = (connection: Connection): Promise<void> =>
  new Promise((resolve) => {
    if (connection.state === "waiting") return resolve();
    const off = connection.on("state", (state) => {
      if (state !== "waiting") return;
      off();
      resolve();
    });
  });
