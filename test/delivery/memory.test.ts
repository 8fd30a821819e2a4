import { expect, test } from "bun:test";
import { HOLDING_COST_BYTES } from "../../src/delivery/frame-log.ts";
import { MIN_FRAME_BYTES } from "../../src/protocol/frame.ts";
import type { Peer } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

const IN_ALL = 1024 * 1024;
const PER_USER = 512 * 1024;
const DATA_BYTES = 10_000;
const COST_BYTES = MIN_FRAME_BYTES + DATA_BYTES + HOLDING_COST_BYTES;

onEachDatabase("memory for what nobody has confirmed", (kind) => {
  const stage = stageOn(kind, { UNCONFIRMED_BYTES: String(IN_ALL), UNCONFIRMED_BYTES_PER_USER: String(PER_USER) });

  const send = (sender: Peer, target: Peer, msgId: number) =>
    sender.send(target.uid, { msgId: BigInt(msgId), data: new Uint8Array(DATA_BYTES) });

  const idsOf = (frames: readonly Buffer[]) => frames.map((frame) => Number(frame.readBigUInt64BE(16)));

  test("is all used before a frame is refused; what was not refused arrives, in order", async () => {
    const sender = await stage.peer({ v2: true });
    const targets = await Promise.all([1, 2, 3, 4].map(() => stage.silent()));
    const fit = Math.floor(IN_ALL / COST_BYTES);
    for (let msgId = 1; msgId <= 2 * fit; msgId++) send(sender, targets[msgId % 4]!, msgId);
    await sender.sync();
    expect(await stage.metric("polyge_unconfirmed_bytes")).toBe(fit * COST_BYTES);
    const refused = Array.from({ length: fit }, (_, n) => fit + 1 + n);
    expect(sender.untakenTexts("nack")).toEqual(
      refused.map((id) => ({ type: "nack", to: targets[id % 4]!.uid, msgId: String(id), code: "unavailable" })),
    );
    for (const [n, target] of targets.entries()) {
      const ids = Array.from({ length: fit }, (_, at) => at + 1).filter((msgId) => msgId % 4 === n);
      expect(idsOf(await target.frames(ids.length))).toEqual(ids);
      target.pong(await target.nextPing());
      target.answersPings = true;
      await target.sync();
    }
    send(sender, targets[0]!, 1000);
    expect(idsOf(await targets[0]!.frames(1))).toEqual([1000]);
  });

  test("of one user, used up in the middle of a turn: every frame is stored, and comes in order at the next connection", async () => {
    const [sender, target] = [await stage.peer({ v2: true }), await stage.silent()];
    const count = Math.floor((1.5 * PER_USER) / COST_BYTES);
    for (let msgId = 1; msgId <= count; msgId++) send(sender, target, msgId);
    const acked = new Set<string>();
    while (acked.size < count) acked.add((await sender.next("ack")).msgId);
    expect(await target.closed).toBe(1013);
    const again = await stage.open(target.login);
    expect(idsOf(await again.frames(count))).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  });
});
