/** This node as an administrator sees it. */
import type { NodeReport, SocketReport } from "../delivery/cluster/node-messages.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Connection } from "./connection.ts";

/**
 * @param of the user whose sockets are listed; undefined: all users'
 * @param limit sockets listed at most, those longest open
 */
export function report(
  node: string,
  connections: ReadonlySet<Connection>,
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

/** A set keeps the order in which its members came. */
function listed(node: string, connections: ReadonlySet<Connection>, of: number | undefined, limit: number) {
  const list: SocketReport[] = [];
  if (limit === 0) return list;
  for (const connection of connections) {
    if (of !== undefined && connection.uid !== of) continue;
    list.push(line(node, connection));
    if (list.length === limit) break;
  }
  return list;
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
