/** More frames for a sleeper than her mailbox takes: the rest is refused by name, and what was acked is there. */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";

const SLEEPERS = 3;

export const mailboxFull: Scenario = {
  name: "mailbox full",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [quota, rounds, rate] = size === "small" ? [100, 2, 1000] : [1000, 6, 5000];
    const server = await world.serve({ MAILBOX_FRAMES: String(quota) });
    const sleepers = Array.from({ length: SLEEPERS }, (_, i) => world.login(i));
    const targets = sleepers.map(({ uid }) => uid);
    const senders = [20, 21].map((i) =>
      world.sender({ at: server.at, login: world.login(i), v2: true, targets, rate, dataBytes: 100, window: 5000 }),
    );
    const sum = (count: (sender: (typeof senders)[number]) => number) =>
      senders.reduce((all, each) => all + count(each), 0);
    for (let round = 1; round <= rounds; round++) {
      const refused = sum(({ nacks }) => nacks.get("mailbox_full") ?? 0);
      await until("frames are refused", () => sum(({ nacks }) => nacks.get("mailbox_full") ?? 0) > refused + quota);
      // What was confirmed in the round before takes its room until it is deleted.
      await until("the mailboxes are full", () => sum(({ acked }) => acked.size) >= round * SLEEPERS * quota);
      for (const sender of senders) sender.pause();
      await until("everything is answered", () => world.ledger.unsettled === 0);
      const stored = sum(({ acked }) => acked.size);
      world.expect(stored === round * SLEEPERS * quota, `${stored} frames acked, not ${round * SLEEPERS * quota}`);
      // She wakes up, empties her mailbox, and sleeps again.
      const receivers = sleepers.map((login, i) => world.receiver(server.at, login, i % 2 === 0).start());
      await until("everything arrives", () => world.ledger.lost === 0);
      await until("it is confirmed", () => sum(({ statuses }) => statuses.delivered) === stored);
      for (const receiver of receivers) receiver.leave();
      await until("everyone sleeps", async () => (await server.metric("polyge_users_online")) === senders.length);
      if (round < rounds) for (const sender of senders) sender.produce();
    }
    await world.settle();
    world.expect(world.ledger.repeated === 0, "without a failure, frames came twice");
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
    const codes = new Set(senders.flatMap(({ nacks }) => [...nacks.keys()]));
    world.expect(codes.size === 1, `nacks of other kinds: ${[...codes]}`);
  },
};
