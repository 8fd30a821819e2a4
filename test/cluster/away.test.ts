import { expect, test } from "bun:test";
import { onNodes } from "../support/nodes.ts";
import type { Peer } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const V2 = { v2: true };
const FRAMES = 20;

/** Until the node says so of itself. */
async function ready(node: Stage, status: 200 | 503): Promise<void> {
  const client = await node.client();
  await until(`/readyz is ${status}`, async () => (await client.get("/readyz")).status === status);
}

/** Sends frames until one is delivered without having been stored first: the way between the nodes is open. */
async function live(sender: Peer, target: Peer, firstId: number): Promise<void> {
  for (let msgId = firstId; ; msgId++) {
    sender.send(target.uid, { msgId: BigInt(msgId) });
    await target.nextFrame();
    let ack = await sender.next("ack");
    while (ack.msgId !== String(msgId)) ack = await sender.next("ack");
    if (ack.status === "delivered") return;
  }
}

onNodes("NATS is away", 2, {}, (nodes, stages) => {
  test("users of one node reach each other; frames for others are stored, and arrive when it is back", async () => {
    const [sender, neighbour] = [await nodes.peer(stages[0]!, V2), await nodes.peer(stages[0]!)];
    const far = await nodes.peer(stages[1]!);
    await live(sender, far, 1000);
    await nodes.nats.stop();
    sender.send(neighbour.uid, { msgId: 1n, data: "near" });
    expect(await neighbour.data(1)).toEqual(["near"]);
    expect(await sender.next("ack")).toMatchObject({ to: neighbour.uid, status: "delivered" });
    for (let i = 1; i <= FRAMES; i++) sender.send(far.uid, { msgId: BigInt(i), data: String(i) });
    for (let i = 1; i <= FRAMES; i++) {
      expect(await sender.next("ack")).toEqual({ type: "ack", to: far.uid, msgId: String(i), status: "stored" });
    }
    expect(far.untaken()).toEqual([]);
    await nodes.nats.start();
    expect(await far.data(FRAMES)).toEqual(Array.from({ length: FRAMES }, (_, i) => String(i + 1)));
    for (const node of stages) await ready(node, 200);
    await live(sender, far, 2000);
    expect(sender.untakenTexts("nack")).toEqual([]);
  });

  test("no node is ready, and each is again when it is back", async () => {
    for (const node of stages) await ready(node, 200);
    await nodes.nats.stop();
    for (const node of stages) await ready(node, 503);
    await nodes.nats.start();
    for (const node of stages) await ready(node, 200);
  });

  test("presence that changed meanwhile is told when it is back", async () => {
    const [watcher, leaving] = [await nodes.peer(stages[0]!, V2), await nodes.peer(stages[1]!)];
    const coming = nodes.login();
    watcher.sendText({ type: "watch", uids: [leaving.uid, coming.uid] });
    const told = new Map<number, boolean>();
    const toldThat = async (left: boolean, came: boolean) => {
      while (told.get(leaving.uid) !== left || told.get(coming.uid) !== came) {
        const { uid, online } = await watcher.next("presence");
        told.set(uid, online);
      }
    };
    await toldThat(true, false);
    await nodes.nats.stop();
    await stages[1]!.open(coming);
    await leaving.close();
    await nodes.nats.start();
    await toldThat(false, true);
  });

  test("a logout meanwhile closes the token's sockets on another node when it is back", async () => {
    const client = await stages[0]!.client();
    const { uid, token } = await client.join();
    const socket = await stages[1]!.open({ uid, token });
    await socket.soFar();
    await nodes.nats.stop();
    await client.get("/logout", { token });
    await nodes.nats.start();
    expect(await socket.closed).toBe(4001);
  });

  test("what happened on one node that it was away from holds on the others when it is back, and the reverse", async () => {
    await using way = await startProxy(nodes.nats.port);
    const [cut, whole] = [await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` }), stages[0]!];
    const watcher = await nodes.peer(whole, V2);
    const leaving = await nodes.peer(cut);
    watcher.sendText({ type: "watch", uids: [leaving.uid] });
    while (!(await watcher.next("presence")).online);
    // By where the logout is: the socket is on the other node.
    const logouts = await Promise.all(
      [
        [cut, whole],
        [whole, cut],
      ].map(async ([at, socketAt]) => {
        const client = await at!.client();
        const { uid, token } = await client.join();
        const socket = await socketAt!.open({ uid, token });
        await socket.soFar();
        return { client, token, socket };
      }),
    );
    way.freeze();
    way.cut();
    await ready(cut, 503);
    for (const { client, token } of logouts) await client.get("/logout", { token });
    await leaving.close();
    way.thaw();
    expect(await Promise.all(logouts.map(({ socket }) => socket.closed))).toEqual([4001, 4001]);
    while ((await watcher.next("presence")).online);
  });

  test("a node that starts meanwhile serves its users, and joins the others when it is back", async () => {
    await nodes.nats.stop();
    const late = await nodes.add();
    const [sender, neighbour] = [await nodes.peer(late, V2), await nodes.peer(late)];
    const far = await nodes.peer(stages[0]!);
    sender.send(neighbour.uid, { msgId: 1n, data: "near" });
    expect(await neighbour.data(1)).toEqual(["near"]);
    expect(await sender.next("ack")).toMatchObject({ to: neighbour.uid, status: "delivered" });
    sender.send(far.uid, { msgId: 2n, data: "far" });
    expect(await sender.next("ack")).toMatchObject({ to: far.uid, status: "stored" });
    await nodes.nats.start();
    expect(await far.data(1)).toEqual(["far"]);
    await ready(late, 200);
    await live(sender, far, 1000);
    far.send(sender.uid, { data: "back" });
    expect(await sender.data(1)).toEqual(["back"]);
  });
});
