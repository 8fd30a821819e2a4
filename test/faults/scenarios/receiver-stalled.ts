/**
 * Clients stop reading without closing. The server closes them at its backlog limit and stores their frames; one wakes up
 * again, the other is replaced by a new connection, and both get everything. The server's memory stays bounded.
 */
import type { Scenario } from "../harness/scenario.ts";
import { until } from "../harness/until.ts";

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
    const sampling = setInterval(() => server.memoryMb(), 50);
    world.stack.defer(() => clearInterval(sampling));
    const stalled = Array.from({ length: pairs * 2 }, (_, i) => {
      const login = world.login(i);
      const receiver = world.receiverProcess(server.at, login, i % 4 >= 2);
      const options = {
        at: server.at,
        login: world.login(20 + i),
        v2: true,
        targets: [login.uid],
        dataBytes: DATA_BYTES,
      };
      return { login, receiver, sender: world.sender({ ...options, rate: 3000, window: 4000 }) };
    });
    for (let round = 0; round < rounds; round++) {
      await until("everyone receives", () => {
        world.refresh();
        return stalled.every(
          ({ login, sender }) =>
            (world.journalOf(login.uid).senders.get(sender.uid)?.firsts.length ?? 0) > (round + 1) * 100,
        );
      });
      for (const { receiver } of stalled) receiver.kill("SIGSTOP");
      // Their senders stay online; nobody but them does.
      await until("all are closed at the backlog limit", async () => {
        return (await server.metric("polyge_users_online")) === stalled.length;
      });
      const goals = stalled.map(({ sender }) => sender.acked.size + more);
      await until("their frames are stored", () => stalled.every(({ sender }, i) => sender.acked.size >= goals[i]!));
      const last = round === rounds - 1;
      for (const [i, { receiver, login }] of stalled.entries()) {
        if (i % 2 === 0 || !last) receiver.kill("SIGCONT");
        else world.receiver(server.at, login, true).start();
      }
    }
    await world.settle(60_000);
    clearInterval(sampling);
    world.note(
      `server memory: ${before} MB at start, ${Math.round(server.peakMb)} MB at most, ${server.memoryMb()} MB at the end`,
    );
    world.expect(server.peakMb - before < GROWTH_MB, `memory grew by ${Math.round(server.peakMb - before)} MB`);
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
  },
};
