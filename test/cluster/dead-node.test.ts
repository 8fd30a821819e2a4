import { expect, test } from "bun:test";
import pino from "pino";
import { NatsBroker } from "../../src/broker/nats.ts";
import { onNodes } from "../support/nodes.ts";
import { until } from "../support/until.ts";

onNodes("a node that dies as soon as it has asked who has a user", 1, {}, (nodes, stages) => {
  test("is not counted among those that the user has sockets on", async () => {
    const [node] = stages;
    const { uid } = await nodes.peer(node!);
    const dying = await NatsBroker.connect(nodes.nats.url, pino({ level: "silent" }));
    dying.sendToUser(uid, JSON.stringify({ t: "who", node: dying.node, opened: [1] }));
    await dying.close();
    const elsewhere = () => node!.metric("polyge_sockets_elsewhere_nodes");
    await until("it is counted", async () => (await elsewhere()) === 1);
    await until("it is not any more", async () => (await elsewhere()) === 0);
    expect(await node!.metric("polyge_peers")).toBe(0);
  }, 40_000);
});
