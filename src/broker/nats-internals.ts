/** What nats.js keeps to itself, as it is in 3.4.0. */
import type { Socket } from "node:net";
import type { NatsConnection } from "@nats-io/transport-node";

interface Internals {
  protocol: { outbound: { size(): number }; transport?: { socket?: Socket } };
}
const internals = (connection: NatsConnection) => (connection as unknown as Internals).protocol;

/** Bytes that were published and not yet written to the network: it counts them nowhere else. */
export function unwrittenBytes(connection: NatsConnection): number {
  const { outbound, transport } = internals(connection);
  return outbound.size() + (transport?.socket?.writableLength ?? 0);
}

/**
 * Ends a connection at once; nats.js then makes another. By itself it ends one that answers no ping only after a last write,
 * which never ends where the network swallows it. A reset discards what the system still holds, which would reach the server
 * behind newer messages if the network came back.
 */
export function reset(connection: NatsConnection): void {
  internals(connection).transport?.socket?.resetAndDestroy();
}
