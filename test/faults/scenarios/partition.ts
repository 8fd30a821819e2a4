/**
 * The wire between one node and NATS freezes, for less and for longer than the others wait for a silent node, and thaws; and
 * it breaks. The users of each side reach each other all the time, no socket is closed, and everything arrives in the end.
 */
import { NO_NATS, startNats } from "../../support/nats.ts";
import { startProxy } from "../../support/proxy.ts";
import { Crowd } from "../harness/crowd.ts";
import type { Scenario } from "../harness/scenario.ts";

/** Each time: how long nothing passes, in ms, and whether the connection breaks before it would pass again. */
const WEATHER = {
  small: [
    { ms: 700, breaks: false },
    { ms: 200, breaks: true },
  ],
  full: [
    { ms: 2000, breaks: false },
    { ms: 8000, breaks: false },
    { ms: 2000, breaks: true },
    { ms: 8000, breaks: true },
    { ms: 22_000, breaks: false },
  ],
};

export const partition: Scenario = {
  name: "partition",
  databases: ["postgres"],
  obstacle: () => NO_NATS,
  async run(world, size) {
    const rate = size === "small" ? 150 : 400;
    const nats = world.stack.use(await startNats());
    const wire = world.stack.use(await startProxy(nats.port));
    const nodes = await world.serveNodes([`nats://127.0.0.1:${wire.port}`, nats.url, nats.url]);
    const crowd = new Crowd(world, nodes, rate);
    await crowd.reachEachOther();
    for (const { ms, breaks } of WEATHER[size]) {
      wire.freeze();
      // Time: how long the fault lasts.
      const over = Bun.sleep(ms);
      await Promise.all([crowd.reachEachOther([0]), crowd.reachEachOther([1, 2]), over]);
      if (breaks) wire.cut();
      wire.thaw();
      await crowd.reachEachOther();
    }
    await crowd.settle();
    world.expect(crowd.reconnections === 0, `${crowd.reconnections} sockets were closed`);
  },
};
