/** How NATS is connected to, and how often that is tried. */
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsAddress } from "./address.ts";

/** ms for one server to take a connection. */
const CONNECT_MS = 4000;
/** ms between pings; two without an answer and the connection is given up: a frozen one is found within 20 s. */
const PING_MS = 5000;
const PINGS_UNANSWERED = 2;
/** Least and most ms between two attempts to reach a server, evenly spread: nodes do not all come back at once. */
const RETRY_MS = { least: 100, most: 1000 };

/** ms until the next attempt. */
export const retryMs = () => RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least);

/** Connects once; nats.js makes further connections by itself when one is lost. @param node by whose name the server lists it */
export function dial(address: NatsAddress, node: string): Promise<NatsConnection> {
  return connect({
    ...address,
    name: `polyge ${node}`,
    noEcho: true,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: PINGS_UNANSWERED,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: retryMs,
    // A password that is changed on the server first and here later is no reason to give up.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
}
