/** Receivers' processes are killed, their sockets cut by the kernel without a closing handshake; others take their place. */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";

const RECEIVERS = 4;

export const receiverKilled: Scenario = {
  name: "receiver killed",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [rounds, rate] = size === "small" ? [2, 1000] : [15, 4000];
    const server = await world.serve();
    const logins = Array.from({ length: RECEIVERS }, (_, i) => world.login(i));
    const begin = (i: number) => world.receiverProcess(server.at, logins[i]!, i % 2 === 0);
    const receivers = logins.map((_, i) => begin(i));
    const targets = logins.map(({ uid }) => uid);
    const senders = [8, 9].map((i) =>
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
    for (let round = 0; round < rounds; round++) {
      const goals = logins.map(({ uid }) => world.journalOf(uid).received + rate / 10);
      await until("everyone receives", () => {
        world.refresh();
        return logins.every(({ uid }, i) => world.journalOf(uid).received >= goals[i]!);
      });
      for (const receiver of receivers) receiver.kill("SIGKILL");
      const stored = () => senders.reduce((sum, { statuses }) => sum + statuses.stored, 0);
      const goal = stored() + rate / 10;
      await until("frames are stored", () => stored() >= goal);
      for (let i = 0; i < RECEIVERS; i++) receivers[i] = begin(i);
    }
    await world.settle();
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
  },
};
