import { expect, test } from "bun:test";
import { nowMicroseconds } from "../../../src/cli/load/engine/clock.ts";
import { Latency } from "../../../src/cli/load/engine/latency.ts";
import { STAMP_BYTES } from "../../../src/cli/load/engine/stamp.ts";
import { Player } from "../../../src/cli/load/players/player.ts";
import { until } from "../../support/until.ts";

test("what comes in one read with the upgrade's answer had waited for the socket", async () => {
  const waiting: Buffer[] = [];
  using server = Bun.serve<boolean>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request, { data: request.url.includes("uid=2") }) ? undefined : new Response(null, { status: 400 }),
    websocket: {
      // Bun sends what an opening socket is sent together with its answer to the upgrade.
      open: (ws) => {
        if (ws.data) for (const frame of waiting) ws.send(frame);
      },
      message: (_, frame) => void waiting.push(frame as Buffer),
    },
  });
  const player = new Player({
    urls: [`ws://127.0.0.1:${server.port}/wsconn`],
    first: 0,
    members: [
      { uid: 1, token: "1", contacts: [1], sleeps: false },
      { uid: 2, token: "1", contacts: [], sleeps: true },
    ],
    uids: [1, 2],
    dataBytes: STAMP_BYTES,
    acks: false,
    insecure: false,
    run: 1,
    zeroUs: nowMicroseconds(),
  });
  await player.open(false);
  const startUs = nowMicroseconds();
  await player.talk({ do: "talk", pace: { kind: "even", rate: 1000 }, seconds: 0.02, startUs, recordFromUs: startUs });
  await until("all has been sent", () => waiting.length === 20);
  await player.open(true);
  await until("all has come", () => player.outcome().counts.received === 20);
  const { mail, sameNode } = player.outcome();
  await player.close();
  expect([mail, sameNode].map((packed) => Latency.sum([packed]).percentiles.count)).toEqual([20, 0]);
});
