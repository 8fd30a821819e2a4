import { expect, test } from "bun:test";
import { dataOf, OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn, TIGHT, TIGHT_LIMITS } from "../support/stage.ts";

/** Sends many in one write, with the numbers `from` to below `to` as data. */
function sendMany(sender: Peer, target: number, from: number, to: number): void {
  const wire: Buffer[] = [];
  for (let i = from; i < to; i++) wire.push(wireFrame(OPCODE.binary, sender.frame(target, { data: String(i) })));
  sender.write(Buffer.concat(wire));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

onEachDatabase("frames for a user who is offline", (kind) => {
  const stage = stageOn(kind);

  test("arrive when she connects, byte for byte, oldest first, then the live ones", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    const sent = ["one", "two", "three"].map((data, i) => sender.send(login.uid, { msgId: BigInt(i), data }));
    await sender.sync();
    const target = await stage.open(login);
    sent.push(sender.send(login.uid, { data: "live" }));
    expect(await target.frames(4)).toEqual(sent.map((bytes) => Buffer.from(bytes)));
    expect(await target.soFar()).toEqual([]);
  });

  test("more than a page of them, while more come: each once, in the order of their sender", async () => {
    const [one, other, login] = [await stage.peer(), await stage.peer(), await stage.join()];
    sendMany(one, login.uid, 0, 2500);
    await one.sync();
    sendMany(other, login.uid, 0, 1000);
    const target = await stage.open(login);
    sendMany(one, login.uid, 2500, 3500);
    sendMany(other, login.uid, 1000, 2000);
    const frames = await target.frames(5500);
    expect(await target.soFar()).toEqual([]);
    const from = ({ uid }: Peer) => frames.filter((frame) => Number(frame.readBigUInt64BE(0)) === uid).map(dataOf);
    expect(from(one)).toEqual(numbers(0, 3500));
    expect(from(other)).toEqual(numbers(0, 2000));
  });

  test("come again where the connection was cut before its pong, and not once it was confirmed", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    sendMany(sender, login.uid, 0, 3);
    await sender.sync();
    for (let round = 0; round < 2; round++) {
      const target = await stage.open(login, { answersPings: false });
      expect(await target.data(3)).toEqual(numbers(0, 3));
      await target.nextPing();
      target.cut();
      await stage.offline(login.uid);
    }
    const target = await stage.open(login, { answersPings: false });
    expect(await target.data(3)).toEqual(numbers(0, 3));
    target.pong(await target.nextPing());
    await target.sync();
    target.cut();
    await stage.offline(login.uid);
    expect(await (await stage.open(login)).soFar()).toEqual([]);
  });

  test("reach a second socket too while nobody has confirmed them", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    sendMany(sender, login.uid, 0, 3);
    await sender.sync();
    const first = await stage.open(login, { answersPings: false });
    expect(await first.data(3)).toEqual(numbers(0, 3));
    const second = await stage.open(login, { answersPings: false });
    expect(await second.data(3)).toEqual(numbers(0, 3));
    second.pong(await second.nextPing());
    await second.sync();
    expect(await (await stage.open(login)).soFar()).toEqual([]);
  });
});

onEachDatabase("the quota of a mailbox", (kind) => {
  const stage = stageOn(kind, TIGHT);

  test("frames past MAILBOX_FRAMES are not stored, and there is room again once some are confirmed", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    sendMany(sender, login.uid, 0, TIGHT_LIMITS.mailFrames + 2);
    await sender.sync();
    const target = await stage.open(login, { answersPings: false });
    expect(await target.data(TIGHT_LIMITS.mailFrames)).toEqual(numbers(0, TIGHT_LIMITS.mailFrames));
    target.pong(await target.nextPing());
    await target.sync();
    target.cut();
    await stage.offline(login.uid);
    sendMany(sender, login.uid, 10, 12);
    await sender.sync();
    const again = await stage.open(login);
    expect(await again.data(2)).toEqual(numbers(10, 12));
    expect(await again.soFar()).toEqual([]);
  });

  test("bytes past MAILBOX_BYTES are not stored, a smaller frame that fits is", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    for (const length of [900, 900, 900, 64]) sender.send(login.uid, { data: "x".repeat(length) });
    await sender.sync();
    const target = await stage.open(login);
    expect((await target.soFar()).map((frame) => frame.length - 36)).toEqual([900, 900, 64]);
  });

  test("a frame that was accepted for an open socket is stored whatever the quota", async () => {
    const [sender, login] = [await stage.peer(), await stage.join()];
    const count = 2 * TIGHT_LIMITS.mailFrames;
    const target = await stage.open(login, { answersPings: false });
    sendMany(sender, login.uid, 0, count);
    await target.frames(count);
    target.cut();
    await stage.offline(login.uid);
    expect(await (await stage.open(login)).data(count)).toEqual(numbers(0, count));
  });
});
