/** SIGTERM under load, then a start on the same database: nothing is lost and, since nothing failed, nothing comes twice. */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";

const RECEIVERS = 8;
const STOP_MS = 10_000;

export const serverStopped: Scenario = {
  name: "server stopped",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [stops, rate] = size === "small" ? [2, 1000] : [10, 4000];
    const server = await world.serve();
    const logins = Array.from({ length: RECEIVERS }, (_, i) => world.login(i));
    const receivers = logins.map((login, i) => world.receiver(server.at, login, i % 2 === 0));
    const awake = receivers.filter((_, i) => i % 4 !== 3);
    for (const receiver of awake) receiver.start();
    const targets = logins.map(({ uid }) => uid);
    const senders = [20, 21].map((i) =>
      world.sender({
        at: server.at,
        login: world.login(i),
        v2: true,
        targets,
        rate: rate / 2,
        dataBytes: 100,
        window: 5000,
      }),
    );
    const acked = () => senders.reduce((sum, sender) => sum + sender.acked.size, 0);
    let slowest = 0;
    for (let stop = 0; stop < stops; stop++) {
      const goal = acked() + rate / 2;
      await until("frames are acked", () => acked() >= goal);
      const { code, ms } = await server.end("SIGTERM");
      slowest = Math.max(slowest, ms);
      world.expect(code === 0, `exit code ${code}: ${server.lines.slice(-3).join(" / ")}`);
      world.expect(ms < STOP_MS, `it took ${Math.round(ms)} ms to stop`);
      await server.start();
      await until("everyone is back", () => [...awake, ...senders].every(({ online }) => online));
    }
    for (const receiver of receivers) if (!awake.includes(receiver)) receiver.start();
    await world.settle();
    const own = world.ledger.repeatedByServer;
    world.expect(own === 0, `${own} frames came twice that nobody had sent twice`);
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
    const codes = [...receivers, ...senders].flatMap(({ ends }) => [...ends]).filter(([code]) => code !== 0);
    world.note(`slowest stop: ${Math.round(slowest)} ms; ends: ${JSON.stringify(codes)}`);
  },
};
