/**
 * Receivers vanish behind a network that drops every packet: no FIN, no RST, and the server believes their sockets alive.
 * They come back from elsewhere and get what was sent into the void.
 */

import { until } from "../../support/until.ts";
import { Namespace, noNamespaces } from "../harness/namespace.ts";
import type { Scenario } from "../harness/scenario.ts";

const RECEIVERS = 4;
/** Ninety seconds of silence, and what the sweep and the coarse clock add. */
const LIVENESS_MS = 100_000;

export const packetsDropped: Scenario = {
  name: "packets dropped",
  databases: ["pglite", "postgres"],
  obstacle: noNamespaces,
  async run(world, size) {
    const rate = size === "small" ? 1000 : 3000;
    const network = world.stack.use(new Namespace());
    const server = await world.serve({ HOST: "0.0.0.0" });
    const logins = Array.from({ length: RECEIVERS }, (_, i) => world.login(i));
    const far = { host: network.host, port: server.at.port };
    for (const [i, login] of logins.entries()) world.receiverProcess(far, login, i % 2 === 0, network.prefix);
    await until("everyone is online", async () => (await server.metric("polyge_sockets")) === RECEIVERS);
    const targets = logins.map(({ uid }) => uid);
    const sender = world.sender({ at: server.at, login: world.login(8), v2: true, targets, rate, dataBytes: 100 });
    await until("everyone receives", () => {
      world.refresh();
      return targets.every((uid) => world.journalOf(uid).received > rate / 10);
    });
    network.cut();
    const goal = sender.sent.size + rate;
    await until("frames go into the void", () => sender.sent.size >= goal);
    const open = await server.metric("polyge_sockets");
    world.expect(
      open === RECEIVERS + 1,
      `the server sees ${open} sockets, not the ${RECEIVERS} dead ones and the sender's`,
    );
    // What was written down before the cut comes first.
    world.refresh();
    const settled = sender.sent.size;
    for (const [i, login] of logins.entries()) world.receiver(server.at, login, i % 2 === 1).start();
    await until("the new sockets have what the void has", () => {
      return [...sender.sent].every(([id, uid]) => id > settled || world.journalOf(uid).has(sender.uid, id));
    });
    if (size === "full") {
      sender.pause();
      const live = RECEIVERS + 1;
      await until(
        "the dead sockets are closed",
        async () => (await server.metric("polyge_sockets")) === live,
        LIVENESS_MS,
      );
      sender.produce();
      await until("frames flow on", () => sender.sent.size >= settled + rate);
    }
    await world.settle();
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
  },
};
