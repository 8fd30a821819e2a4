/**
 * The disk below the embedded database is full. Frames for sleepers wait and are then refused, users online still reach
 * each other; with room again everything that was acked arrives. The server may end itself, saying why, for a supervisor
 * to start it again; its database survives.
 */

import { until } from "../../support/until.ts";
import type { Scenario } from "../harness/scenario.ts";
import { noSmallDisk, SmallDisk } from "../harness/small-disk.ts";

const ONLINE = 2;
const SLEEPERS = 3;
/** The database, its log, and what the rounds store: emptied, the disk must have the server's reserve left. */
const DISK_MB = { small: 160, full: 480 };
/** Frames for sleepers on their way at most: they are what is stored beyond a round's goal, however long a round takes. */
const WINDOW = { small: 1500, full: 5000 };
/** Left free, by round: nothing; or so much that the frames themselves take the last of what the server may use. */
const SPARE_MB = [0, 70];

export const diskFull: Scenario = {
  name: "disk full",
  databases: ["pglite"],
  obstacle: noSmallDisk,
  async run(world, size) {
    const [rounds, rate] = size === "small" ? [2, 1500] : [4, 1500];
    const disk = world.stack.use(new SmallDisk(DISK_MB[size]));
    const server = await world.serve(
      { MAILBOX_QUEUE_BYTES: String(1 << 20), MAILBOX_BYTES: String(2 ** 30), MAILBOX_FRAMES: "1000000" },
      { folder: disk.path },
    );
    const online = Array.from({ length: ONLINE }, (_, i) => world.login(i));
    const sleepers = Array.from({ length: SLEEPERS }, (_, i) => world.login(ONLINE + i));
    for (const [i, login] of online.entries()) world.receiver(server.at, login, i % 2 === 0).start();
    const common = { at: server.at, v2: true, rate };
    const toOnline = world.sender({
      ...common,
      login: world.login(20),
      targets: online.map(({ uid }) => uid),
      dataBytes: 100,
      window: 5000,
    });
    const toSleepers = world.sender({
      ...common,
      login: world.login(21),
      targets: sleepers.map(({ uid }) => uid),
      dataBytes: 4000,
      window: WINDOW[size],
    });
    for (let round = 0; round < rounds; round++) {
      const goal = toSleepers.statuses.stored + rate / 2;
      await until("frames are stored", () => toSleepers.statuses.stored >= goal);
      disk.fill(SPARE_MB[round % SPARE_MB.length]! * 2 ** 20);
      await until("the server notices", async () => (await server.metric("polyge_mailbox_failing")) === 1);
      const nacks = toSleepers.nacks.get("unavailable") ?? 0;
      await until("frames for sleepers are refused", () => (toSleepers.nacks.get("unavailable") ?? 0) > nacks);
      const flowing = toOnline.statuses.delivered + rate / 2;
      await until("users online reach each other", () => toOnline.statuses.delivered >= flowing);
      world.expect((await server.status("/readyz")) === 503, "ready with a full disk");
      disk.empty();
      await until("the server is ready again", async () => (await server.status("/readyz")) === 200);
    }
    for (const [i, login] of sleepers.entries()) world.receiver(server.at, login, i % 2 === 0).start();
    await world.settle();
    world.expect(world.ledger.outOfOrder === 0, "frames out of order");
    world.note(`nacks: ${JSON.stringify(Object.fromEntries(toSleepers.nacks))}; log: ${server.lines.length} lines`);
  },
};
