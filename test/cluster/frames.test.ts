import { expect, test } from "bun:test";
import { delivered, onNodes } from "../support/nodes.ts";
import { OPCODE, type Peer, wireFrame } from "../support/peer.ts";
import { startProxy } from "../support/proxy.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const V2 = { v2: true };

/** Message ids in the order in which frames came. */
const idsOf = (frames: readonly Buffer[]): number[] => frames.map((frame) => Number(frame.readBigUInt64BE(16)));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Sends frames with the message ids 1 to `count` in one write. */
function pipeline(sender: Peer, target: number, count: number): void {
  const frames = upTo(count).map((id) => sender.frame(target, { msgId: BigInt(id), data: `frame ${id}` }));
  sender.write(Buffer.concat(frames.map((frame) => wireFrame(OPCODE.binary, frame))));
}

/** Until each of these nodes knows so many others on which its users have sockets, summed over users. */
async function knowOfEachOther(others: number, ...nodes: readonly Stage[]): Promise<void> {
  for (const node of nodes) {
    await until(`it knows ${others}`, async () => (await node.metric("polyge_sockets_elsewhere_nodes")) === others);
  }
}

onNodes("frames between three nodes", 3, {}, (nodes, stages) => {
  test("of every two users, both ways: each arrives once, in order, byte for byte", async () => {
    const rounds = 20;
    const peers = await Promise.all([...stages, ...stages].map((node) => nodes.peer(node, V2)));
    const sent = new Map<string, Buffer[]>();
    for (let round = 0; round < rounds; round++) {
      for (const from of peers) {
        for (const to of peers) {
          if (from === to) continue;
          const data = crypto.getRandomValues(new Uint8Array((round * 97) % 1500));
          const frame = Buffer.from(from.send(to.uid, { msgId: BigInt(round + 1), data }));
          sent.set(`${from.uid} ${to.uid}`, [...(sent.get(`${from.uid} ${to.uid}`) ?? []), frame]);
        }
      }
    }
    const expected = rounds * (peers.length - 1);
    for (const to of peers) {
      const frames = await to.frames(expected);
      for (const from of peers) {
        const came = frames.filter((frame) => Number(frame.readBigUInt64BE(0)) === from.uid);
        expect(came).toEqual(sent.get(`${from.uid} ${to.uid}`) ?? []);
      }
      // The markers that brought the socket up to date count too.
      to.sendText({ type: "got", n: 1 + expected });
    }
    await Promise.all(peers.map((from) => delivered(from, expected)));
    for (const to of peers) expect(await to.soFar()).toEqual([]);
  });

  test("the first ones to users on other nodes, many in one write: order kept, none twice", async () => {
    const count = 300;
    const senders = await Promise.all(stages.map((node) => nodes.peer(node, V2)));
    const targets = await Promise.all([...stages, ...stages].map((node) => nodes.peer(node)));
    for (const sender of senders) for (const { uid } of targets) pipeline(sender, uid, count);
    for (const target of targets) {
      const frames = await target.frames(count * senders.length);
      for (const { uid } of senders) {
        expect(idsOf(frames.filter((frame) => Number(frame.readBigUInt64BE(0)) === uid))).toEqual(upTo(count));
      }
    }
    await Promise.all(senders.map((sender) => delivered(sender, count * targets.length)));
    for (const target of targets) expect(await target.soFar()).toEqual([]);
  });

  test("sent while the target's socket opens on another node: each once, in order", async () => {
    const count = 60;
    const [from, to] = stages;
    const sender = await nodes.peer(from!, V2);
    const logins = Array.from({ length: 6 }, () => nodes.login());
    const sending = (async () => {
      for (const msgId of upTo(count)) {
        for (const { uid } of logins) sender.send(uid, { msgId: BigInt(msgId) });
        await sender.sync();
      }
    })();
    const targets: Peer[] = [];
    for (const login of logins) targets.push(await to!.open(login));
    await sending;
    for (const target of targets) expect(idsOf(await target.frames(count))).toEqual(upTo(count));
    await delivered(sender, count * logins.length);
    for (const target of targets) expect(await target.soFar()).toEqual([]);
  });

  test("for a user who is offline everywhere wait for her, at whichever node, and come before live ones", async () => {
    const sender = await nodes.peer(stages[0]!, V2);
    for (const node of stages) {
      const login = nodes.login();
      for (const data of ["stored 1", "stored 2", "stored 3"]) sender.send(login.uid, { msgId: 0n, data });
      sender.send(login.uid, { msgId: BigInt(login.uid), data: "stored 4" });
      while ((await sender.next("ack")).to !== login.uid);
      const target = await node.open(login);
      for (const data of ["live 1", "live 2"]) sender.send(login.uid, { data });
      expect(await target.data(6)).toEqual(["stored 1", "stored 2", "stored 3", "stored 4", "live 1", "live 2"]);
    }
  });

  test("reach every node that the target has a socket on, and each socket once", async () => {
    const [login, sender] = [nodes.login(), await nodes.peer(stages[1]!, V2)];
    const sockets: Peer[] = [];
    for (const node of [...stages, stages[0]!]) sockets.push(await node.open(login));
    // A socket that opens as a frame is being delivered elsewhere may come too late for it.
    await knowOfEachOther(2, ...stages);
    pipeline(sender, login.uid, 50);
    await delivered(sender, 50);
    sockets[2]!.send(login.uid, { msgId: 51n, data: "to myself" });
    for (const socket of sockets) {
      const ids = idsOf(await socket.frames(51));
      // Order is kept for each sender, and 51 is another's.
      expect(ids.filter((id) => id !== 51)).toEqual(upTo(50));
      expect(ids).toContain(51);
    }
  });

  test("reach the target's socket on another node also while one more opens here", async () => {
    await using way = await startProxy(nodes.nats.port);
    const here = await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` });
    const [login, sender] = [nodes.login(), await nodes.peer(here, V2)];
    const [near, far] = [await here.open(login), await stages[1]!.open(login)];
    await knowOfEachOther(1, here, stages[1]!);
    // Longer than the socket here takes to confirm a frame.
    way.delay(200);
    const second = await here.open(login);
    sender.send(login.uid, { msgId: 1n });
    await delivered(sender, 1);
    for (const socket of [near, second, far]) expect(idsOf(await socket.frames(1))).toEqual([1]);
  });

  test("reach a socket on a node that was held up so long that it counted as dead", async () => {
    await using way = await startProxy(nodes.nats.port);
    const here = await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` });
    const [login, sender] = [nodes.login(), await nodes.peer(stages[1]!)];
    const [held, other] = [await here.open(login), await stages[1]!.open(login)];
    await knowOfEachOther(1, here, stages[1]!);
    way.freeze();
    await knowOfEachOther(0, here, stages[1]!);
    way.thaw();
    await knowOfEachOther(1, here, stages[1]!);
    sender.send(login.uid, { msgId: 1n });
    for (const socket of [held, other]) expect(idsOf(await socket.frames(1))).toEqual([1]);
  }, 40_000);

  test("go to no node whose socket was gone before it was known of", async () => {
    await using way = await startProxy(nodes.nats.port);
    const here = await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` });
    const there = stages[1]!;
    const [sender, target, login] = [await nodes.peer(here, V2), await nodes.peer(there), nodes.login()];
    await (await there.open(login)).soFar();
    way.freeze();
    await (await here.open(login)).close();
    way.thaw();
    // Behind the question who else has the user, and behind what the answer brings about.
    for (const msgId of [1n, 2n]) {
      sender.send(target.uid, { msgId });
      await delivered(sender, 1);
    }
    expect(await there.metric("polyge_sockets_elsewhere_nodes")).toBe(0);
  });

  test("are measured by the node that took them, until another has answered", async () => {
    const [here, there] = [stages[0]!, stages[1]!];
    const [sender, target] = [await nodes.peer(here, V2), await nodes.peer(there)];
    // Before the target is known to be there, a frame goes by way of the mailbox.
    sender.sendText({ type: "watch", uids: [target.uid] });
    while (!(await sender.next("presence")).online);
    const measured = () => here.metric('polyge_confirmation_seconds_count{target="elsewhere"}');
    const [before, sent] = [await measured(), await here.metric('polyge_broker_bytes_total{direction="out"}')];
    sender.send(target.uid, { msgId: 1n });
    await delivered(sender, 1);
    expect(await measured()).toBe(before + 1);
    expect(await here.metric('polyge_broker_bytes_total{direction="out"}')).toBeGreaterThan(sent + 36);
    expect([await here.metric("polyge_broker_connected"), await here.metric("polyge_broker_connects_total")]).toEqual([
      1, 1,
    ]);
  });

  test("are delivered when a socket on one node has confirmed them: one on another that dies is not replayed to", async () => {
    const login = nodes.login();
    const dying = await stages[1]!.open(login, { answersPings: false });
    const living = await stages[2]!.open(login);
    await living.soFar();
    const sender = await nodes.peer(stages[0]!, V2);
    sender.send(login.uid, { msgId: 1n });
    await Promise.all([dying.nextFrame(), living.nextFrame()]);
    await delivered(sender, 1);
    dying.cut();
    living.cut();
    await stages[0]!.offline(login.uid);
    const again = await stages[1]!.open(login);
    expect(idsOf(await again.soFar()).filter((id) => id === 1)).toEqual([]);
  });

  test("that a socket took without confirming come again at the next node, before later ones", async () => {
    const [sender, target] = [
      await nodes.peer(stages[0]!, V2),
      await stages[1]!.open(nodes.login(), { answersPings: false }),
    ];
    await target.soFar();
    for (const msgId of [1n, 2n]) sender.send(target.uid, { msgId });
    await target.frames(2);
    target.cut();
    await stages[0]!.offline(target.uid);
    sender.send(target.uid, { msgId: 3n });
    const again = await stages[2]!.open(target.login);
    const came: number[] = [];
    while (!came.includes(3)) came.push(...idsOf(await again.frames(1)).filter((id) => id > 0));
    expect(came).toEqual([1, 2, 3]);
    await delivered(sender, 3);
  });

  /** A user whose socket on node 1 took three frames and will never confirm them opens another, and two more are sent. */
  const replaced = async (node: Stage, ready = () => {}) => {
    const sender = await nodes.peer(stages[0]!, V2);
    const dead = await stages[1]!.open(nodes.login(), { answersPings: false });
    pipeline(sender, dead.uid, 3);
    await dead.frames(3);
    dead.stopReading();
    ready();
    const target = await node.open(dead.login);
    for (const msgId of [4n, 5n]) sender.send(dead.uid, { msgId });
    return { sender, target };
  };

  /** All five come, in whatever order: while two nodes have the user, order is not promised between them. */
  const allCome = async ({ sender, target }: { sender: Peer; target: Peer }) => {
    const came = new Set<number>();
    while (came.size < 5) came.add(idsOf(await target.frames(1))[0]!);
    expect([...came].toSorted((a, b) => a - b)).toEqual(upTo(5));
    await delivered(sender, 5);
  };

  test.each([0, 1])(
    "that a socket on node 1 took and never confirmed come to a new one on node %d at once, before later ones",
    async (place) => {
      const { sender, target } = await replaced(stages[place]!);
      expect(idsOf(await target.frames(5))).toEqual(upTo(5));
      await delivered(sender, 5);
      expect(await target.soFar()).toEqual([]);
    },
  );

  test("that a socket on node 1 took and never confirmed come to a new one on node 2 too", async () => {
    await allCome(await replaced(stages[2]!));
  });

  test("that node 1 took before it could be known of a new socket elsewhere come to that one too", async () => {
    await using way = await startProxy(nodes.nats.port);
    const late = await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` });
    await allCome(await replaced(late, () => way.delay(200)));
  });

  test("for a user whose last socket has just gone are stored soon, though the question who has her was heard by nobody", async () => {
    await using way = await startProxy(nodes.nats.port);
    const here = await nodes.add({ NATS_URL: `nats://127.0.0.1:${way.port}` });
    const [target, sender] = [await nodes.peer(here), await nodes.peer(stages[1]!, V2)];
    // The broker goes on passing her messages to the node that she has left.
    way.delay(500);
    target.cut();
    await until("she has left", async () => (await here.metric("polyge_users_online")) === 0);
    sender.send(target.uid, { msgId: 1n });
    expect(await sender.next("ack")).toMatchObject({ msgId: "1", status: "stored" });
  });

  test("for a user who goes from node to node, answering pings or not: none is missed, and the order holds", async () => {
    const [sender, login] = [await nodes.peer(stages[0]!), nodes.login()];
    const firsts: number[] = [];
    const take = (frames: readonly Buffer[]) => {
      for (const id of idsOf(frames)) if (!firsts.includes(id)) firsts.push(id);
    };
    let sent = 0;
    for (let round = 0; round < 12; round++) {
      const target = await stages[round % 3]!.open(login, { answersPings: round % 2 === 0 });
      for (let i = 0; i < 20; i++) sender.send(login.uid, { msgId: BigInt(++sent) });
      take(await target.frames(7));
      target.cut();
      // What the client had when it answered a ping is confirmed, whether or not the test has looked at it.
      take(target.untaken());
    }
    const last = await stages[0]!.open(login);
    while (firsts.length < sent) take(await last.frames(1));
    expect(firsts).toEqual(upTo(sent));
  });
});
