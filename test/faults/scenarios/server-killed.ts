/** The server is killed again and again under load: what a sender saw acked arrives all the same. */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";

const RECEIVERS = 8;
const SENDERS = 3;

export const serverKilled: Scenario = {
  name: "server killed",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [kills, rate] = size === "small" ? [2, 400] : [12, 1500];
    const server = await world.serve();
    const logins = Array.from({ length: RECEIVERS }, (_, i) => world.login(i));
    // Half of the receivers are `polyge.v2`; every fourth sleeps until the end, so that its frames are stored.
    const receivers = logins.map((login, i) => world.receiver(server.at, login, i % 2 === 0));
    const awake = receivers.filter((_, i) => i % 4 !== 3);
    for (const receiver of awake) receiver.start();
    const targets = logins.map(({ uid }) => uid);
    const senders = Array.from({ length: SENDERS }, (_, i) =>
      world.sender({
        at: server.at,
        login: world.login(RECEIVERS + i),
        v2: true,
        targets,
        rate,
        dataBytes: 60,
        window: 2000,
      }),
    );
    const acked = () => senders.reduce((sum, sender) => sum + sender.acked.size, 0);
    for (let kill = 0; kill < kills; kill++) {
      const goal = acked() + rate;
      await until("frames are acked", () => acked() >= goal);
      await server.end("SIGKILL");
      await server.start();
      await until("everyone is back", () => [...awake, ...senders].every(({ online }) => online));
    }
    for (const receiver of receivers) if (!awake.includes(receiver)) receiver.start();
    await world.settle();
    world.note(`${kills} kills; acks: ${JSON.stringify(senders.map(({ statuses }) => statuses))}`);
  },
};
