/**
 * One of three nodes is killed again and again under load. Its users go to the others; what their senders saw acked arrives
 * all the same, also what the node had passed on or had been passed.
 */
import { NO_NATS, startNats } from "../../support/nats.ts";
import { until } from "../../support/until.ts";
import { Crowd } from "../harness/crowd.ts";
import type { Scenario } from "../harness/scenario.ts";

export const nodeCrashes: Scenario = {
  name: "node crashes",
  databases: ["postgres"],
  obstacle: () => NO_NATS,
  async run(world, size) {
    const [kills, rate] = size === "small" ? [1, 150] : [9, 400];
    const nats = world.stack.use(await startNats());
    const nodes = await world.serveNodes([nats.url, nats.url, nats.url]);
    const crowd = new Crowd(world, nodes, rate);
    await crowd.reachEachOther();
    for (let kill = 0; kill < kills; kill++) {
      const victim = nodes[kill % nodes.length]!;
      await victim.end("SIGKILL");
      await until("its users are on other nodes", () => crowd.online);
      await crowd.reachEachOther();
      if (size === "full") await victim.start();
    }
    await crowd.settle();
    world.note(`${kills} kills`);
  },
};
