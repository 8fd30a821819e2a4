import { expect, test } from "bun:test";
import { dataOf, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

/** More than the server takes for few: with so many it handles a turn's frames together, at the turn's end. */
const CROWD = 160;
/** Whether it does hangs on the turn before, which a timer of its own may have been: tried so often. */
const ROUNDS = 5;

onEachDatabase("while frames for many come in one turn", (kind) => {
  const stage = stageOn(kind);

  const crowd = () => Promise.all(Array.from({ length: CROWD }, () => stage.peer()));

  /** A frame for each of them, in one write, after which the server has a turn with a crowd behind it. */
  async function stir(sender: Peer, listeners: readonly Peer[]): Promise<void> {
    sender.write(Buffer.concat(listeners.map(({ uid }) => wire(sender, uid, "noise"))));
    await sender.sync();
  }

  const wire = (sender: Peer, target: number, data: string) => wireFrame(OPCODE.binary, sender.frame(target, { data }));

  test("each arrives, those of one sender in order", async () => {
    const peers = await crowd();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [at, peer] of peers.entries()) {
        const target = peers[(at + 1) % CROWD]!.uid;
        peer.write(Buffer.concat(["a", "b", "c"].map((data) => wire(peer, target, data + round))));
      }
      for (const peer of peers) expect(await peer.data(3)).toEqual(["a", "b", "c"].map((data) => data + round));
    }
  }, 20_000);

  test("nothing is taken of a socket after the frame that closed it, and all before it", async () => {
    const [stirrer, target, listeners] = [await stage.peer(), await stage.peer(), await crowd()];
    for (let round = 0; round < ROUNDS; round++) {
      const sender = await stage.peer();
      const forged = wireFrame(OPCODE.binary, stirrer.frame(target.uid));
      const parts = [wire(sender, target.uid, `${round}`), forged, wire(sender, target.uid, "after")];
      await stir(stirrer, listeners);
      sender.write(Buffer.concat(parts));
      expect(await sender.closed).toBe(1008);
      expect((await target.soFar()).map(dataOf)).toEqual([`${round}`]);
    }
  }, 20_000);

  test("what a client sends before it closes is taken", async () => {
    const [stirrer, target, listeners] = [await stage.peer(), await stage.peer(), await crowd()];
    for (let round = 0; round < ROUNDS; round++) {
      const sender = await stage.peer();
      const close = wireFrame(OPCODE.close, Uint8Array.of(1000 >> 8, 1000 & 255));
      await stir(stirrer, listeners);
      sender.write(Buffer.concat([wire(sender, target.uid, "a"), wire(sender, target.uid, "b"), close]));
      expect(await target.data(2)).toEqual(["a", "b"]);
      expect(await sender.closed).toBe(1000);
    }
  }, 20_000);

  test("a text message does not overtake the frames before it", async () => {
    const [stirrer, sender, listeners] = [await stage.peer(), await stage.peer({ v2: true }), await crowd()];
    for (let round = 1; round <= ROUNDS; round++) {
      const broken = Buffer.from(sender.frame(stirrer.uid, { msgId: BigInt(round) }));
      broken[broken.length - 1]! ^= 1;
      await stir(stirrer, listeners);
      sender.write(Buffer.concat([wireFrame(OPCODE.binary, broken), wireFrame(OPCODE.text, Buffer.from("{}"))]));
      await Promise.all([sender.next("nack"), sender.next("error")]);
    }
    expect(sender.textOrder.filter((type) => type !== "hello").join(" ")).toBe(
      Array(ROUNDS).fill("nack error").join(" "),
    );
  }, 20_000);
});
