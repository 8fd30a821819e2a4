/**
 * One node stands still, for less and for longer than the others wait for a silent one, and goes on as if nothing had been.
 * The others' users reach each other all the time, no socket is closed, and everything arrives.
 */
import { NO_NATS, startNats } from "../../support/nats.ts";
import { Crowd } from "../harness/crowd.ts";
import type { Scenario } from "../harness/scenario.ts";

/** How long the node stands still each time, in ms. */
const STOPS = { small: [800], full: [2000, 8000, 3000, 12_000] };

export const slowNode: Scenario = {
  name: "slow node",
  databases: ["postgres"],
  obstacle: () => NO_NATS,
  async run(world, size) {
    const rate = size === "small" ? 150 : 400;
    const nats = world.stack.use(await startNats());
    const nodes = await world.serveNodes([nats.url, nats.url, nats.url]);
    const crowd = new Crowd(world, nodes, rate);
    await crowd.reachEachOther();
    for (const [i, ms] of STOPS[size].entries()) {
      const slow = i % nodes.length;
      const others = nodes.map((_, node) => node).filter((node) => node !== slow);
      process.kill(nodes[slow]!.pid, "SIGSTOP");
      // Time: how long the fault lasts.
      const over = Bun.sleep(ms);
      await Promise.all([crowd.reachEachOther(others), over]);
      process.kill(nodes[slow]!.pid, "SIGCONT");
      await crowd.reachEachOther();
    }
    await crowd.settle();
    world.expect(crowd.reconnections === 0, `${crowd.reconnections} sockets were closed`);
  },
};
