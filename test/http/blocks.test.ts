import { expect, test } from "bun:test";
import { clientOf } from "../support/client.ts";
import type { Login } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { NOBODY, stageOn } from "../support/stage.ts";

const V2 = { v2: true };
const DONE = { success: true, msg: "", rs: "" };

onEachDatabase("blocks", (kind) => {
  const stage = stageOn(kind);

  async function say(path: "/block" | "/unblock", who: Login, uid: number): Promise<void> {
    expect((await (await clientOf(kind)).form(path, { token: who.token, uid })).body).toEqual(DONE);
  }

  test("whom one has blocked is listed, page by page, until unblocked", async () => {
    const client = await clientOf(kind);
    const [me, ...others] = await stage.people(4);
    for (const { uid } of others) await say("/block", me!, uid);
    await say("/block", me!, others[0]!.uid);
    const uids = others.map(({ uid }) => uid).toSorted((a, b) => b - a);
    const found: number[] = [];
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const { rs } = (await client.get("/blocked", { token: me!.token, limit: 2, cursor })).body;
      found.push(...rs.users.map(({ uid }: { uid: number }) => uid));
      cursor = rs.next;
    }
    expect(found).toEqual(uids);
    await say("/unblock", me!, uids[1]!);
    await say("/unblock", me!, uids[1]!);
    const { rs } = (await client.get("/blocked", { token: me!.token })).body;
    expect(rs.users.map(({ uid }: { uid: number }) => uid)).toEqual([uids[0], uids[2]]);
  });

  test("oneself cannot be blocked, nor who does not exist", async () => {
    const client = await clientOf(kind);
    const { uid, token } = await client.join();
    const own = await client.get("/block", { token, uid });
    expect([own.status, own.body.msg]).toEqual([400, "uid: must not be one's own"]);
    expect((await client.get("/block", { token, uid: NOBODY })).status).toBe(404);
    expect((await client.get("/unblock", { token, uid: NOBODY })).status).toBe(200);
  });

  test("a blocked sender is told what a sender to nobody is told, whether the target is online or not", async () => {
    const [sender, target] = [await stage.peer(V2), await stage.peer()];
    const sleeper = await stage.join();
    sender.send(target.uid, { msgId: 1n });
    expect(await sender.next("ack")).toMatchObject({ msgId: "1" });
    await say("/block", target.login, sender.uid);
    await say("/block", sleeper, sender.uid);
    const told: unknown[] = [];
    for (const to of [target.uid, sleeper.uid, NOBODY]) {
      sender.send(to, { msgId: 2n });
      const { to: whom, ...rest } = await sender.next("nack");
      expect(whom).toBe(to);
      told.push(rest);
    }
    expect(told).toEqual(Array(3).fill({ type: "nack", msgId: "2", code: "unknown_user" }));
    await sender.sync();
    await target.sync();
    expect(target.untaken()).toHaveLength(1);
    const woken = await stage.open(sleeper);
    await woken.soFar();
    expect(woken.untaken()).toHaveLength(0);
    await say("/unblock", target.login, sender.uid);
    sender.send(target.uid, { msgId: 2n, data: "at last" });
    expect(await target.data(1)).toEqual(["at last"]);
  });

  test("a plain client that is blocked hears nothing, and stays connected; the other way is open", async () => {
    const sender = await stage.peer();
    const target = await stage.peer();
    await say("/block", target.login, sender.uid);
    sender.send(target.uid, { data: "unheard" });
    target.send(sender.uid, { data: "heard" });
    expect(await sender.data(1)).toEqual(["heard"]);
    sender.send(sender.uid, { data: "to myself" });
    expect(await sender.data(1)).toEqual(["to myself"]);
    await target.sync();
    expect(target.untaken()).toHaveLength(0);
  });

  test("a block holds for a sender who connects later", async () => {
    const [login, target] = [await stage.join(), await stage.peer(V2)];
    await say("/block", target.login, login.uid);
    const sender = await stage.open(login, V2);
    sender.send(target.uid, { msgId: 5n });
    expect(await sender.next("nack")).toMatchObject({ to: target.uid, msgId: "5", code: "unknown_user" });
  });

  test("who is blocked passes on neither typing nor reading, and sees the other go and not come back", async () => {
    const [watcher, target] = [await stage.peer(V2), await stage.peer(V2)];
    watcher.sendText({ type: "watch", uids: [target.uid] });
    expect(await watcher.next("presence")).toMatchObject({ online: true });
    await say("/block", target.login, watcher.uid);
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: target.uid, online: false });
    watcher.sendText({ type: "typing", to: target.uid });
    watcher.sendText({ type: "read", peer: target.uid, msgId: "1" });
    await watcher.sync();
    await target.sync();
    expect([target.untakenTexts("typing"), target.untakenTexts("read")]).toEqual([[], []]);
    target.cut();
    await stage.offline(target.uid);
    const back = await stage.open(target.login, V2);
    await back.sync();
    await watcher.sync();
    expect(watcher.untakenTexts("presence")).toEqual([]);
    watcher.sendText({ type: "unwatch", uids: [target.uid] });
    watcher.sendText({ type: "watch", uids: [target.uid] });
    expect(await watcher.next("presence")).toMatchObject({ online: false });
    await say("/unblock", target.login, watcher.uid);
    expect(await watcher.next("presence")).toMatchObject({ online: true });
  });
});
