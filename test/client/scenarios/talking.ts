/** Messages, what becomes of them, and what people see of each other. */
import { drawMsgId } from "../../../src/client/index.ts";
import { codeOf, next, nextMessage, numbered, type Scenario, same, texts } from "./world.ts";

const NOBODY = 2 ** 52 + 1;

export const talking: Scenario[] = [
  {
    name: "a message to somebody online arrives, and is delivered",
    async run(world) {
      const [ana, ben] = [await world.connected(), await world.connected()];
      same([ana.state, ben.state], ["v2", "v2"]);
      const sent = ben.send(ana.uid, "你好, Ana", 1_700_000_000_000);
      const message = await nextMessage(ana);
      same([message.from, message.to, message.text], [ben.uid, ana.uid, "你好, Ana"]);
      same([message.msgId, message.timestampMs], [sent.msgId, 1_700_000_000_000n]);
      await Promise.all([sent.written, sent.stored, sent.delivered]);
    },
  },
  {
    name: "a message to somebody away is stored first, and delivered when she comes",
    async run(world) {
      const [session, ben] = [await world.join(), await world.connected()];
      const sent = ben.send(session.uid, "later");
      const order: string[] = [];
      void sent.delivered.then(() => order.push("delivered"));
      await sent.stored;
      same(order, []);
      same(await texts(await world.connect(session), 1), ["later"]);
      await sent.delivered;
    },
  },
  {
    name: "a message that another connection has sent already arrives once, and its acks are told to this one",
    async run(world) {
      const [ana, session] = [await world.connected(), await world.join()];
      const before = await world.connect(session);
      const msgId = drawMsgId();
      const heard: string[] = [];
      ana.onMessage(({ text }) => void heard.push(text));
      await before.send(ana.uid, "one", 1, msgId).stored;
      before.close();
      const after = await world.connect(session);
      const acked = next<{ to: number; msgId: bigint }>(after, "ack");
      await after.send(ana.uid, "one", 1, msgId).stored;
      await after.send(ana.uid, "two").delivered;
      same(heard, ["one", "two"]);
      const { to, msgId: which } = await acked;
      same([to, which], [ana.uid, msgId]);
    },
  },
  {
    name: "bytes stay what they are, and order is kept",
    async run(world) {
      const [ana, ben] = [await world.connected(), await world.connected()];
      for (const text of numbered(300)) ben.send(ana.uid, new TextEncoder().encode(text));
      same(await texts(ana, 300), numbered(300));
    },
  },
  {
    name: "a message that nobody can get is refused by a code, the ones behind it are not",
    async run(world) {
      const ben = await world.connected();
      const [lost, large, fine] = [
        ben.send(NOBODY, "?"),
        ben.send(ben.uid, "x".repeat(70_000)),
        ben.send(ben.uid, "!"),
      ];
      same([await codeOf(lost.stored), await codeOf(lost.delivered)], ["unknown_user", "unknown_user"]);
      same(await codeOf(large.stored), "too_large");
      same(await texts(ben, 1), ["!"]);
      await fine.delivered;
      let code = "";
      try {
        ben.send(0, "no such uid");
      } catch (error) {
        code = (error as { code: string }).code;
      }
      same(code, "bad_argument");
    },
  },
  {
    name: "presence, typing and read receipts",
    async run(world) {
      const [session, ben] = [await world.join(), await world.connected()];
      const away = next(ben, "presence");
      ben.watch(session.uid);
      same(await away, { uid: session.uid, online: false });
      const here = next(ben, "presence");
      const ana = await world.connect(session);
      same(await here, { uid: session.uid, online: true });
      const writing = next(ana, "typing");
      same(ben.typing(ana.uid), true);
      same(await writing, { from: ben.uid });
      const read = next(ben, "read");
      const sent = ben.send(ana.uid, "read me");
      same(ana.read(await nextMessage(ana)), true);
      same(await read, { by: ana.uid, msgId: sent.msgId });
      const gone = next(ben, "presence");
      ana.close();
      same(await gone, { uid: ana.uid, online: false });
    },
  },
  {
    name: "without polyge.v2 messages pass, and nothing is promised",
    async run(world) {
      const [ana, ben] = [await world.connected({}, world.withoutV2), await world.connected({ mode: "plain" })];
      same([ana.state, ben.state], ["plain", "plain"]);
      const sent = ben.send(ana.uid, "plain");
      same((await nextMessage(ana)).text, "plain");
      await sent.written;
      same([await codeOf(sent.stored), await codeOf(sent.delivered)], ["no_acks", "no_acks"]);
      same(ben.typing(ana.uid), false);
    },
  },
  {
    name: "what was said can be looked back at, page by page, and marked as read",
    async run(world) {
      const { server } = world;
      const [ana, session] = [await world.connected(), await world.join()];
      for (const text of ["one", "two", "你好"]) await ana.send(session.uid, text, 1_700_000_000_000).stored;
      // It is written behind.
      let list = await server.conversations(session);
      while (list.items[0]?.unread !== 3) list = await server.conversations(session);
      const [{ peer, peerRead, last }] = list.items as [(typeof list.items)[0]];
      same([list.items.length, list.next, peer, peerRead, last.text], [1, null, ana.uid, null, "你好"]);

      const first = await server.history(session, ana.uid, { limit: 2 });
      same(
        first.items.map(({ text }) => text),
        ["你好", "two"],
      );
      const { items, next } = await server.history(session, ana.uid, { before: first.next! });
      same([items.map(({ text }) => text), next], [["one"], null]);
      same([items[0]!.from, items[0]!.to, items[0]!.timestampMs], [ana.uid, session.uid, 1_700_000_000_000n]);
      const newer = await server.history(session, ana.uid, { after: items[0]!.id, limit: 1 });
      same([newer.items[0]!.text, newer.items[0]!.id], ["two", newer.next]);

      await server.markRead(session, ana.uid, first.items[1]!.msgId);
      same((await server.conversations(session)).items[0]!.unread, 1);
      await server.markRead(session, ana.uid);
      same((await server.conversations(session)).items[0]!.unread, 0);
      same((await server.conversations(ana.session)).items[0]!.peerRead, last.id);
      same(await codeOf(server.history({ ...session, token: "1".repeat(32) }, ana.uid)), "bad_token");
    },
  },
];
