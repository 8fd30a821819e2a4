/**
 * No failure at all: clients without acks come and go, and each leaves with a closing handshake right after it answered a
 * ping, so that no question is open. Nothing is lost, nothing comes twice, and the order holds.
 */

import { until } from "../../support/until.ts";
import type { Receiver } from "../harness/receiver.ts";
import type { Scenario } from "../harness/scenario.ts";

const SENDERS = 2;
const RECEIVERS = 3;
/** Pings that a receiver answers before it leaves, at most. */
const STAYS = 4;

export const plainClients: Scenario = {
  name: "plain clients come and go",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [visits, rate] = size === "small" ? [8, 1000] : [250, 3000];
    const server = await world.serve();
    const logins = Array.from({ length: RECEIVERS }, (_, i) => world.login(i));
    const visited = logins.map(() => 0);
    let over = false;
    const visit = (i: number) => {
      let pings = 1 + Math.floor(Math.random() * STAYS);
      visited[i]!++;
      const leave = (receiver: Receiver) => {
        if (over || --pings > 0) return;
        receiver.leaveThen(() => visit(i));
      };
      world.receiver(server.at, logins[i]!, false, { confirmed: leave }).start();
    };
    for (let i = 0; i < RECEIVERS; i++) visit(i);
    const targets = logins.map(({ uid }) => uid);
    const senders = Array.from({ length: SENDERS }, (_, i) =>
      world.sender({
        at: server.at,
        login: world.login(20 + i),
        v2: false,
        targets,
        rate: rate / SENDERS,
        dataBytes: 100,
      }),
    );
    for (let round = 1; round <= visits; round++) {
      await until("everyone has come and gone", () => visited.every((count) => count > round));
      for (const sender of senders) sender.reconnect();
    }
    over = true;
    await world.settle();
    world.expect(world.ledger.repeated === 0, "without a failure, frames came twice");
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
    const ends = senders.map(({ ends }) => [...ends]);
    world.note(`visits: ${visited.join(", ")}; the senders' closes: ${JSON.stringify(ends)}`);
  },
};
