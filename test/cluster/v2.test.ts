import { expect, test } from "bun:test";
import { onNodes } from "../support/nodes.ts";
import { NOBODY } from "../support/stage.ts";

const V2 = { v2: true };

onNodes("polyge.v2 between nodes", 3, {}, (nodes, stages) => {
  test("delivered comes once the target has confirmed on its node, and not before", async () => {
    const sender = await nodes.peer(stages[0]!, V2);
    const target = await stages[1]!.open(nodes.login(), { answersPings: false });
    await target.soFar();
    target.pong(await target.nextPing());
    await target.sync();
    // Then the other nodes know where she is.
    sender.sendText({ type: "watch", uids: [target.uid] });
    while (!(await sender.next("presence")).online);
    for (const msgId of [1n, 2n, 3n]) sender.send(target.uid, { msgId });
    await target.frames(3);
    await sender.sync();
    expect(sender.untakenTexts("ack")).toEqual([]);
    const ping = await target.nextPing();
    target.answersPings = true;
    target.pong(ping);
    for (const msgId of ["1", "2", "3"]) {
      expect(await sender.next("ack")).toEqual({ type: "ack", to: target.uid, msgId, status: "delivered" });
    }
  });

  test("delivered comes for what a polyge.v2 client has got, and for no more", async () => {
    const [sender, target] = [await nodes.peer(stages[0]!, V2), await stages[2]!.open(nodes.login(), V2)];
    await target.soFar();
    // Then the other nodes know where she is.
    sender.sendText({ type: "watch", uids: [target.uid] });
    while (!(await sender.next("presence")).online);
    for (const msgId of [1n, 2n, 3n]) sender.send(target.uid, { msgId });
    await target.frames(3);
    // The first one brought the socket up to date.
    target.sendText({ type: "got", n: 3 });
    for (const msgId of ["1", "2"]) expect(await sender.next("ack")).toMatchObject({ msgId, status: "delivered" });
    await target.sync();
    await sender.sync();
    expect(sender.untakenTexts("ack")).toEqual([]);
    target.sendText({ type: "got", n: 4 });
    expect(await sender.next("ack")).toMatchObject({ msgId: "3", status: "delivered" });
  });

  test("stored comes for one who is offline everywhere, delivered once she has confirmed at any node", async () => {
    const sender = await nodes.peer(stages[0]!, V2);
    for (const node of stages) {
      const login = nodes.login();
      sender.send(login.uid, { msgId: 7n });
      const about = { type: "ack", to: login.uid, msgId: "7" };
      expect(await sender.next("ack")).toEqual({ ...about, status: "stored" } as never);
      await (await node.open(login)).nextFrame();
      expect(await sender.next("ack")).toEqual({ ...about, status: "delivered" } as never);
    }
  });

  test("stored, then delivered, where the socket on another node ends before it confirms", async () => {
    const sender = await nodes.peer(stages[0]!, V2);
    const target = await stages[1]!.open(nodes.login(), { answersPings: false });
    await target.soFar();
    sender.send(target.uid, { msgId: 5n });
    await target.nextFrame();
    target.cut();
    expect(await sender.next("ack")).toMatchObject({ msgId: "5", status: "stored" });
    await stages[2]!.open(target.login);
    expect(await sender.next("ack")).toMatchObject({ msgId: "5", status: "delivered" });
  });

  test("nack unknown_user", async () => {
    const sender = await nodes.peer(stages[0]!, V2);
    sender.send(NOBODY, { msgId: 3n });
    expect(await sender.next("nack")).toEqual({ type: "nack", to: NOBODY, msgId: "3", code: "unknown_user" });
  });

  test("a frame sent again over another node, its ack having been lost, is acked", async () => {
    const [sender, target] = [await nodes.peer(stages[0]!, V2), await nodes.peer(stages[2]!)];
    const frame = sender.send(target.uid, { msgId: 8n });
    await target.nextFrame();
    sender.cut();
    const again = await stages[1]!.open(sender.login, V2);
    again.sendBytes(frame);
    expect(await again.next("ack")).toMatchObject({ to: target.uid, msgId: "8" });
  });

  test("a watcher is told how users of other nodes stand, and of each change until she unwatches", async () => {
    const [watcher, login] = [await nodes.peer(stages[0]!, V2), nodes.login()];
    const friend = await nodes.peer(stages[2]!);
    watcher.sendText({ type: "watch", uids: [login.uid, friend.uid] });
    const told = new Map<number, boolean>();
    while (told.get(login.uid) !== false || told.get(friend.uid) !== true) {
      const { uid, online } = await watcher.next("presence");
      told.set(uid, online);
    }
    const first = await stages[1]!.open(login);
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: login.uid, online: true });
    const second = await stages[2]!.open(login);
    await second.soFar();
    await first.close();
    await second.close();
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: login.uid, online: false });
    watcher.sendText({ type: "unwatch", uids: [login.uid] });
    await watcher.sync();
    await stages[1]!.open(login);
    friend.cut();
    expect(await watcher.next("presence")).toEqual({ type: "presence", uid: friend.uid, online: false });
  });

  test("typing and read reach the peer's polyge.v2 sockets on every node, and no plain one", async () => {
    const [sender, login] = [await nodes.peer(stages[0]!, V2), nodes.login()];
    const sockets = await Promise.all(stages.map((node) => node.open(login, V2)));
    const plain = await stages[1]!.open(login);
    for (const socket of [...sockets, plain]) await socket.soFar();
    sender.sendText({ type: "typing", to: login.uid });
    sender.sendText({ type: "read", peer: login.uid, msgId: "18446744073709551615" });
    for (const socket of sockets) {
      expect(await socket.next("typing")).toEqual({ type: "typing", from: sender.uid });
      expect(await socket.next("read")).toEqual({ type: "read", by: sender.uid, msgId: "18446744073709551615" });
    }
    await plain.sync();
    expect(plain.textOrder).toEqual([]);
    sender.sendText({ type: "typing", to: NOBODY });
    await sender.sync();
    expect(sender.untakenTexts("error")).toEqual([]);
  });
});
