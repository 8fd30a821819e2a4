/**
 * Clients stop reading without closing. The server closes them at its backlog limit and stores their frames; one wakes up
 * again, the other is replaced by a new connection, and both get everything. The server's memory stays bounded.
 */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";

const DATA_BYTES = 8000;
/** What stalled clients may cost beside what the server had before: unconfirmed frames, batches for the store, garbage. */
const GROWTH_MB = 600;

export const receiverStalled: Scenario = {
  name: "receiver stalled",
  databases: ["pglite", "postgres"],
  async run(world, size) {
    const [pairs, rounds, more] = size === "small" ? [1, 1, 300] : [3, 3, 1500];
    const server = await world.serve({ MAILBOX_FRAMES: "1000000", MAILBOX_BYTES: String(2 ** 34) });
    const before = server.memoryMb();
    server.forgetPeak();
    const logins = Array.from({ length: pairs * 2 }, (_, i) => world.login(i));
    const receivers = logins.map((login, i) => world.receiverProcess(server.at, login, i % 4 >= 2));
    const online = async () => server.metric("polyge_users_online");
    await until("everyone is online", async () => (await online()) === logins.length);
    const senders = logins.map(({ uid }, i) =>
      world.sender({
        at: server.at,
        login: world.login(20 + i),
        v2: true,
        targets: [uid],
        dataBytes: DATA_BYTES,
        rate: 3000,
        window: 4000,
      }),
    );
    // Counted, for one that is closed early may be back, and be sent what is stored for it, before it stops reading.
    const closed = async () => server.metric('polyge_sockets_evicted_total{reason="behind"}');
    for (let round = 0; round < rounds; round++) {
      const closedBefore = await closed();
      const goals = senders.map(({ acked }) => acked.size + 100);
      await until("everyone receives", () => senders.every(({ acked }, i) => acked.size >= goals[i]!));
      for (const receiver of receivers) receiver.kill("SIGSTOP");
      await until(
        "all but the senders are closed at the backlog limit",
        async () => (await closed()) >= closedBefore + receivers.length,
      );
      const stored = senders.map(({ acked }) => acked.size + more);
      await until("their frames are stored", () => senders.every(({ acked }, i) => acked.size >= stored[i]!));
      world.refresh();
      for (const [i, receiver] of receivers.entries()) {
        if (i % 2 === 0 || round < rounds - 1) receiver.kill("SIGCONT");
        else world.receiver(server.at, logins[i]!, true).start();
      }
      for (const sender of senders) sender.pause();
      await until(
        "everyone has caught up",
        () => {
          world.refresh();
          return world.ledger.unsettled + world.ledger.lost === 0;
        },
        60_000,
      );
      if (round < rounds - 1) for (const sender of senders) sender.produce();
    }
    await world.settle(60_000);
    const peak = server.peakMb();
    world.note(`server memory: ${before} MB at start, ${peak} MB at most, ${server.memoryMb()} MB at the end`);
    world.expect(peak - before < GROWTH_MB, `memory grew by ${peak - before} MB`);
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
  },
};
