import { afterAll, expect, test } from "bun:test";
import { createPostgres, NO_POSTGRES } from "../support/databases.ts";
import { suiteUnless } from "../support/needs.ts";
import { dataOf } from "../support/peer.ts";
import { start } from "../support/services.ts";
import { Stage } from "../support/stage.ts";
import { Wire } from "../support/wire.ts";

/** The least that may be set. */
const QUEUE_BYTES = 65_536;
const FRAMES = 100;

suiteUnless(NO_POSTGRES, "the database is away", () => {
  const wires: Wire[] = [];
  afterAll(() => wires.forEach((wire) => void wire.close()));

  test("users who are online reach each other, frames for others wait in bounded memory and are refused past it", async () => {
    const wire = new Wire(new URL(await createPostgres()));
    wires.push(wire);
    const { service } = await start({
      DATABASE_URL: await wire.open(),
      LOG_LEVEL: "silent",
      TRUST_PROXY: "1",
      MAILBOX_QUEUE_BYTES: String(QUEUE_BYTES),
    });
    const stage = new Stage(async () => service.url);
    const [login, target] = [await stage.join(), await stage.peer()];
    const [sender, plain] = [await stage.peer({ v2: true }), await stage.peer()];
    await target.soFar();

    wire.cut = true;
    for (let i = 1; i <= FRAMES; i++) sender.send(login.uid, { msgId: BigInt(i), data: "x".repeat(1000) });
    await sender.sync();
    const nacks = sender.untakenTexts("nack") as { msgId: string; code: string; to: number }[];
    const accepted = FRAMES - nacks.length;
    expect(accepted).toBeGreaterThan(QUEUE_BYTES / 1300);
    expect(accepted).toBeLessThan(QUEUE_BYTES / 1000);
    expect(nacks.map(({ msgId }) => Number(msgId))).toEqual(nacks.map((_, i) => accepted + 1 + i));
    for (const nack of nacks) expect(nack).toMatchObject({ to: login.uid, code: "unavailable" });
    expect(sender.untakenTexts("ack")).toEqual([]);
    plain.send(login.uid, { data: "refused" });
    expect(await plain.closed).toBe(1013);
    sender.send(target.uid, { msgId: 0n, data: "live" });
    expect(await target.data(1)).toEqual(["live"]);

    wire.cut = false;
    for (let i = 1; i <= accepted; i++) {
      expect(await sender.next("ack")).toEqual({ type: "ack", to: login.uid, msgId: String(i), status: "stored" });
    }
    sender.send(login.uid, { msgId: BigInt(FRAMES), data: "sent again" });
    expect(await sender.next("ack")).toMatchObject({ msgId: String(FRAMES), status: "stored" });
    const frames = await (await stage.open(login)).soFar();
    expect(frames.map((frame) => Number(frame.readBigUInt64BE(16)))).toEqual([
      ...Array.from({ length: accepted }, (_, i) => i + 1),
      FRAMES,
    ]);
    expect(dataOf(frames.at(-1)!)).toBe("sent again");
    stage.clear();
    // While the database is there to take what the cut sockets left unconfirmed.
    await service.stop();
  }, 30_000);
});
