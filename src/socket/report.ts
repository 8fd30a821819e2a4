/** This node as an administrator sees it. */
import type { NodeReport, SocketReport } from "../delivery/cluster/node-messages.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

/**
 * @param of the user whose sockets are listed; undefined: all users'
 * @param limit sockets listed at most, those longest open
 */
export function report(
  node: string,
  connections: Connections,
  { recipients, held, queue }: Delivery,
  of: number | undefined,
  limit: number,
): NodeReport {
  return {
    node,
    uptimeSeconds: Math.round(process.uptime()),
    sockets: connections.size,
    usersOnline: recipients.size,
    residentBytes: process.memoryUsage.rss(),
    unconfirmedBytes: held.bytes,
    queuedFrames: queue.frames,
    list: listed(node, connections, of, limit),
  };
}

function listed(node: string, connections: Connections, of: number | undefined, limit: number) {
  if (limit === 0) return [];
  const some = connections.snapshot().filter(({ uid }) => of === undefined || uid === of);
  some.sort((a, b) => a.subscriber!.openedAt - b.subscriber!.openedAt);
  return some.slice(0, limit).map((connection) => line(node, connection));
}

function line(node: string, { uid, tokenId, v2, heardMs, subscriber, ws }: Connection): SocketReport {
  const nowMs = performance.now();
  return {
    node,
    uid,
    token: tokenId,
    v2,
    openSeconds: seconds(performance.timeOrigin + nowMs - subscriber!.openedAt),
    quietSeconds: seconds(nowMs - heardMs),
    backlogBytes: ws?.getBufferedAmount() ?? 0,
  };
}

const seconds = (ms: number) => Math.max(0, Math.round(ms / 100) / 10);
