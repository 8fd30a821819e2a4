import { expect, test } from "bun:test";
import { onNodes } from "../support/nodes.ts";
import { Reader, textOf } from "../support/reader.ts";

onNodes("history between nodes", 2, {}, (nodes, stages) => {
  test("a frame is kept once by the node that took it, and every node shows it", async () => {
    const [ana, ben] = [await nodes.peer(stages[0]!, { v2: true }), await nodes.peer(stages[1]!, { v2: true })];
    const bytes = ana.send(ben.uid, { msgId: 5n, data: "to the other node" });
    await ben.frames(1);
    for (const stage of stages) {
      expect((await new Reader(stage, ben.login).kept(ana.uid, 1)).map(textOf)).toEqual(["to the other node"]);
    }
    // Sent again over another node: that node does not know it, and hears it as new.
    const elsewhere = await stages[1]!.open(ana.login, { v2: true });
    elsewhere.sendBytes(bytes);
    elsewhere.send(ben.uid, { msgId: 6n, data: "next" });
    await ben.frames(2);
    const messages = await new Reader(stages[0]!, ana.login).kept(ben.uid, 2);
    expect(messages.map(textOf)).toEqual(["next", "to the other node"]);
    await new Reader(stages[0]!, ben.login).sees(ana.uid, { unread: 2 });
  });

  test("what is read on one node is noted though another one has yet to write it", async () => {
    const [ana, ben] = [await nodes.peer(stages[0]!, { v2: true }), await nodes.peer(stages[1]!, { v2: true })];
    // So early that no node can know the message.
    await new Reader(stages[1]!, ben.login).ask("/mark_read", { peer: ana.uid, msg_id: "2" });
    for (const msgId of [1n, 2n, 3n]) ana.send(ben.uid, { msgId });
    await new Reader(stages[0]!, ben.login).kept(ana.uid, 3);
    await new Reader(stages[0]!, ben.login).sees(ana.uid, { unread: 1 });
  });
});
