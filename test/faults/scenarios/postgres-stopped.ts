/**
 * PostgreSQL crashes under load and comes back. Meanwhile users online reach each other, frames for sleepers wait in
 * bounded memory and are refused past it, and newcomers are sent away.
 */

import { until } from "../../support/until.ts";
import { Cluster, noCluster } from "../harness/cluster.ts";
import type { Scenario } from "../harness/scenario.ts";
import { type Address, type Login, Wire } from "../harness/wire.ts";

const ONLINE = 4;
const SLEEPERS = 4;
const QUEUE_BYTES = 1 << 20;

const upgradeStatus = (at: Address, login: Login): Promise<number | undefined> =>
  new Promise((resolve) => {
    const wire = new Wire(at, login, false, { open: () => wire.cut(), end: (_, status) => resolve(status) });
  });

export const postgresStopped: Scenario = {
  name: "PostgreSQL stopped",
  databases: ["postgres"],
  obstacle: noCluster,
  async run(world, size) {
    const [outages, rate] = size === "small" ? [1, 1000] : [6, 2500];
    const cluster = world.stack.use(new Cluster());
    const limits = {
      MAILBOX_QUEUE_BYTES: String(QUEUE_BYTES),
      MAILBOX_FRAMES: "10000000",
      MAILBOX_BYTES: String(2 ** 34),
    };
    const server = await world.serve(limits, { url: cluster.url });
    const online = Array.from({ length: ONLINE }, (_, i) => world.login(i));
    const sleepers = Array.from({ length: SLEEPERS }, (_, i) => world.login(ONLINE + i));
    const awake = online.map((login, i) => world.receiver(server.at, login, i % 2 === 0).start());
    const common = { at: server.at, v2: true, rate, dataBytes: 200, window: 20_000 };
    const toOnline = world.sender({ ...common, login: world.login(20), targets: online.map(({ uid }) => uid) });
    const toSleepers = world.sender({ ...common, login: world.login(21), targets: sleepers.map(({ uid }) => uid) });
    for (let outage = 0; outage < outages; outage++) {
      const goal = toSleepers.statuses.stored + rate / 2;
      await until("frames are stored", () => toSleepers.statuses.stored >= goal);
      cluster.crash();
      await until("the server notices", async () => (await server.metric("polyge_mailbox_failing")) === 1);
      const flowing = toOnline.statuses.delivered + rate / 2;
      await until("users online reach each other", () => toOnline.statuses.delivered >= flowing);
      const nacks = toSleepers.nacks.get("unavailable") ?? 0;
      await until("frames for sleepers are refused", () => (toSleepers.nacks.get("unavailable") ?? 0) > nacks);
      const waiting = await server.metric("polyge_mailbox_queue_bytes");
      world.expect(waiting < QUEUE_BYTES * 1.1, `${waiting} bytes wait for the database`);
      const status = await upgradeStatus(server.at, world.login(30));
      world.expect(status === 503, `an upgrade during the outage got ${status}`);
      world.expect((await server.status("/readyz")) === 503, "ready without a database");
      world.expect((await server.status("/healthz")) === 200, "not healthy without a database");
      cluster.start();
      await until("the server is ready again", async () => (await server.status("/readyz")) === 200);
    }
    for (const login of sleepers) world.receiver(server.at, login, true).start();
    await world.settle();
    const cuts = awake.reduce((sum, { connections }) => sum + connections - 1, 0);
    world.expect(cuts === 0, `${cuts} sockets of users online were closed`);
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
    world.note(`nacks: ${JSON.stringify(Object.fromEntries(toSleepers.nacks))}`);
  },
};
