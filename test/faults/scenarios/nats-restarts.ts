/**
 * NATS goes away and comes back under load. Meanwhile users of one node reach each other and frames for others are stored;
 * nobody is refused, no socket is closed, and all of it arrives.
 */
import { NO_NATS, startNats } from "../../support/nats.ts";
import { until } from "../../support/until.ts";
import { Crowd } from "../harness/crowd.ts";
import type { Scenario } from "../harness/scenario.ts";

export const natsRestarts: Scenario = {
  name: "NATS restarts",
  databases: ["postgres"],
  obstacle: () => NO_NATS,
  async run(world, size) {
    const [outages, rate] = size === "small" ? [1, 150] : [8, 400];
    const nats = world.stack.use(await startNats());
    const nodes = await world.serveNodes([nats.url, nats.url, nats.url]);
    const crowd = new Crowd(world, nodes, rate);
    await crowd.reachEachOther();
    for (let outage = 0; outage < outages; outage++) {
      await nats.stop();
      const marks = crowd.senders.map(({ statuses }) => statuses.stored + rate / 2);
      await Promise.all(nodes.map((_, node) => crowd.reachEachOther([node])));
      await until("frames for others are stored", () =>
        crowd.senders.every(({ statuses }, i) => statuses.stored >= marks[i]!),
      );
      await nats.start();
      await crowd.reachEachOther();
    }
    await crowd.settle();
    world.expect(crowd.reconnections === 0, `${crowd.reconnections} sockets were closed`);
    world.note(`${outages} outages`);
  },
};
