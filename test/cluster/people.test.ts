import { expect, test } from "bun:test";
import { onNodes } from "../support/nodes.ts";
import type { Login, Peer } from "../support/peer.ts";
import { NOBODY, type Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const V2 = { v2: true };

async function say(node: Stage, path: "/block" | "/unblock", who: Login, uid: number): Promise<void> {
  expect((await (await node.client()).form(path, { token: who.token, uid })).body.success).toBe(true);
}

/** Sends frame after frame until one is refused as one to nobody is. @returns what resolves when one is taken again */
async function untilRefused(sender: Peer, to: number): Promise<{ taken: Promise<unknown> }> {
  const refused = sender.next("nack");
  for (let msgId = 2n; ; msgId++) {
    sender.send(to, { msgId });
    const acked = sender.next("ack");
    if ((await Promise.race([acked, refused])).type === "ack") continue;
    expect(await refused).toEqual({ type: "nack", to, msgId: String(msgId), code: "unknown_user" });
    acked.catch(() => {});
    return { taken: acked };
  }
}

onNodes("people over nodes", 3, {}, (nodes, stages) => {
  const [one, two, three] = [0, 1, 2].map((index) => () => stages[index]!) as [() => Stage, () => Stage, () => Stage];

  /** Waits until a node's calls show a user as online, or not. */
  async function shown(node: Stage, uid: number, online: boolean): Promise<void> {
    const client = await node.client();
    const { token } = nodes.login();
    while ((await client.get("/profile", { token, uid })).body.rs.online !== online);
  }

  test("a block made at one node holds for a sender on another, whose target is on a third", async () => {
    const [sender, target] = [await nodes.peer(one(), V2), await nodes.peer(three())];
    sender.send(target.uid, { msgId: 1n });
    expect(await sender.next("ack")).toMatchObject({ msgId: "1", status: "delivered" });
    await say(two(), "/block", target.login, sender.uid);
    const { taken } = await untilRefused(sender, target.uid);
    sender.send(target.uid, { msgId: 1000n });
    expect(await sender.next("nack")).toEqual({ type: "nack", to: target.uid, msgId: "1000", code: "unknown_user" });
    sender.send(NOBODY, { msgId: 1000n });
    expect(await sender.next("nack")).toEqual({ type: "nack", to: NOBODY, msgId: "1000", code: "unknown_user" });
    await say(two(), "/unblock", target.login, sender.uid);
    for (let msgId = 2000n, isTaken = false; !isTaken; msgId++) {
      sender.send(target.uid, { msgId });
      isTaken = await Promise.race([taken.then(() => true), sender.next("nack").then(() => false)]);
    }
  });

  test("who is blocked at another node sees the other go, and not come back", async () => {
    const [watcher, target] = [await nodes.peer(one(), V2), await nodes.peer(two(), V2)];
    watcher.sendText({ type: "watch", uids: [target.uid] });
    while (!(await watcher.next("presence")).online);
    await say(three(), "/block", target.login, watcher.uid);
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: target.uid, online: false });
    await target.close();
    await one().offline(target.uid);
    await (await two().open(target.login, V2)).sync();
    await watcher.sync();
    expect(watcher.untakenTexts("presence")).toEqual([]);
  });

  test("a block that a node did not hear of holds there once NATS is back", async () => {
    const [sender, target] = [await nodes.peer(one(), V2), await nodes.peer(one())];
    await nodes.nats.stop();
    await say(two(), "/block", target.login, sender.uid);
    await nodes.nats.start();
    await untilRefused(sender, target.uid);
    for (const stage of stages) {
      await until("every node is back", async () => (await stage.metric("polyge_broker_connected")) === 1);
    }
  }, 30_000);

  test("a changed password ends the other tokens on every node, and the one that asked stays", async () => {
    const client = await one().client();
    const { uid, uname, pwd, token } = await client.join();
    const other = await client.login(uname, pwd);
    const dying = [await two().open({ uid, token: other }), await three().open({ uid, token: other }, V2)];
    const staying = await two().open({ uid, token });
    await staying.soFar();
    await (await three().client()).form("/change_password", { token, pwd, new_pwd: "another horse" });
    expect(await dying[1]!.next("bye")).toEqual({ type: "bye", code: 4001, retryAfterMs: 0 });
    for (const socket of dying) expect(await socket.closed).toBe(4001);
    const second = await two().client();
    while ((await second.get("/profile", { token: other })).status !== 401);
    staying.send(uid, { data: "still here" });
    expect(await staying.data(1)).toEqual(["still here"]);
  });

  test("a deleted account's sockets close with 4001 on every node, and nobody reaches it", async () => {
    const client = await one().client();
    const { uid, uname, pwd, token } = await client.join();
    const sockets = [
      await one().open({ uid, token }),
      await two().open({ uid, token }),
      await three().open({ uid, token }),
    ];
    const sender = await nodes.peer(two(), V2);
    expect((await client.form("/delete_account", { token, pwd })).body.success).toBe(true);
    for (const socket of sockets) expect(await socket.closed).toBe(4001);
    await untilRefused(sender, uid);
    expect((await (await three().client()).get("/check_uname", { uname })).body.rs).toBe(true);
  });

  test("a user is online for every node's calls while any node has a socket of hers", async () => {
    const login = nodes.login();
    const first = await one().open(login);
    const second = await two().open(login);
    await shown(three(), login.uid, true);
    // Each node knows of the other's socket when a frame from here has reached both.
    first.send(login.uid, { data: "to both" });
    expect(await second.data(1)).toEqual(["to both"]);
    await second.close();
    await shown(three(), login.uid, true);
    await first.close();
    await shown(three(), login.uid, false);
  });

  test("a user who has sockets on two nodes stays online for every node's calls when one of them stops", async () => {
    const [stopping, login, later] = [await nodes.add(), nodes.login(), nodes.login()];
    await one().open(login);
    await shown(two(), login.uid, true);
    await (await stopping.open(login)).soFar();
    await until("it knows the other node", async () => (await stopping.metric("polyge_sockets_elsewhere_nodes")) === 1);
    // Written down behind the one before.
    await stopping.open(later);
    await shown(two(), later.uid, true);
    await nodes.remove(stopping);
    const client = await two().client();
    const { online } = (await client.get("/profile", { token: nodes.login().token, uid: login.uid })).body.rs;
    expect(online).toBe(true);
  });
});
