/**
 * The yardstick of several nodes: half of the users of a closed loop, straight on a NATS client, without sockets, checks
 * or confirmation. Each has a subject; for every message that arrives, one more goes to the other half's user. Orders
 * come over IPC, the totals go back after each.
 */
import { connect, type NatsConnection } from "@nats-io/transport-node";

export type Order =
  | {
      readonly do: "subscribe";
      /** nats://host:port */
      readonly url: string;
      /** Own subject and the other user's. */
      readonly users: readonly (readonly [own: string, other: string])[];
      readonly bytes: number;
    }
  /** Each user sends this many, and from then on answers. */
  | { readonly do: "begin"; readonly inFlight: number }
  | { readonly do: "count" }
  /** Nothing is answered any more. */
  | { readonly do: "rest" };

export interface Totals {
  readonly sent: number;
  readonly received: number;
}

let connection: NatsConnection;
let payload: Uint8Array;
let others: string[] = [];
let running = true;
let sent = 0;
let received = 0;

function send(subject: string): void {
  sent++;
  connection.publish(subject, payload);
}

async function carryOut(order: Order): Promise<void> {
  if (order.do === "subscribe") {
    connection = await connect({ servers: order.url });
    payload = crypto.getRandomValues(new Uint8Array(order.bytes));
    others = order.users.map(([, other]) => other);
    for (const [own, other] of order.users) {
      connection.subscribe(own, {
        callback: () => {
          received++;
          if (running) send(other);
        },
      });
    }
    await connection.flush();
  } else if (order.do === "begin") {
    for (const other of others) for (let i = 0; i < order.inFlight; i++) send(other);
  } else if (order.do === "rest") running = false;
  process.send?.({ sent, received } satisfies Totals);
}

process.on("message", (order: Order) => {
  carryOut(order).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
