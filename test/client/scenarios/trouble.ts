/** Lost connections, and applications that cannot keep up. */
import { codeOf, echo, next, numbered, type Scenario, SOON, same, texts } from "./world.ts";

const MANY = 200;
/** A heartbeat that finds a dead connection within a test's time, in ms. */
const QUICK = { heartbeatMs: 150 };

export const trouble: Scenario[] = [
  {
    name: "what was sent while connections broke arrives once and in order",
    async run(world) {
      const [ana, ben] = [await world.connected({}, world.proxied), await world.connected({}, world.proxied)];
      const arrived = texts(ana, MANY);
      const sent = [];
      for (const [index, text] of numbered(MANY).entries()) {
        sent.push(ben.send(ana.uid, text));
        if (index % 50 === 25) {
          await sent[index - 5]!.stored;
          await world.order("cut");
        }
      }
      await Promise.all(sent.map(({ stored }) => stored));
      same(await arrived, numbered(MANY));
      same(ben.unanswered, 0);
    },
  },
  {
    name: "a connection on which nothing passes any more is given up",
    async run(world) {
      const ana = await world.connected(QUICK, world.proxied);
      const lost = next(ana, "state", (state) => state !== "v2");
      await world.order("freeze");
      await lost;
      // Before the thaw: the next attempt may be through by the time that this order is answered.
      const back = next(ana, "state", (state) => state === "v2");
      await world.order("thaw");
      await back;
      await echo(ana, "back");
    },
  },
  {
    name: "an application that does not keep up is sent no more than it has room for, and loses nothing",
    async run(world) {
      const ben = await world.connected();
      const ana = await world.connected({ queuedMessages: 20 });
      const full = next(ana, "state", (state) => state === "waiting");
      for (const text of numbered(MANY)) ben.send(ana.uid, text);
      await full;
      same(await texts(ana, MANY), numbered(MANY));
    },
  },
  {
    name: "what was not processed comes again with the next connection, what was does not",
    async run(world) {
      const [session, ben] = [await world.join(), await world.connected()];
      const first = await world.connect(session);
      for (const text of numbered(3)) ben.send(session.uid, text);
      same(await texts(first, 2), numbered(2));
      first.close();
      same(await texts(await world.connect(session), 1), ["message 2"]);
    },
  },
  {
    name: "watched users are asked for again after a lost connection",
    async run(world) {
      const [ana, ben] = [await world.connected(), await world.connected({}, world.proxied)];
      const told = () => next(ben, "presence", ({ uid }: { uid: number }) => uid === ana.uid);
      const before = told();
      ben.watch(ana.uid);
      await before;
      const after = told();
      await world.order("cut");
      same(await after, { uid: ana.uid, online: true });
    },
  },
  {
    name: "close ends the iterator, and what has no answer rejects",
    async run(world) {
      const ana = await world.connected({}, world.proxied);
      const reading = texts(ana, 1);
      await world.order("freeze");
      const { stored } = ana.send(ana.uid, "unheard");
      ana.close();
      same([await codeOf(stored), await reading, ana.state], ["closed", [], "closed"]);
      await world.order("thaw");
    },
  },
  {
    name: "an attempt to connect can be given up",
    async run(world) {
      const giveUp = new AbortController();
      const session = await world.join();
      await world.order("freeze");
      const attempt = world.proxied.connect(session, { ...SOON, signal: giveUp.signal });
      giveUp.abort();
      same(await codeOf(attempt), "closed");
      await world.order("thaw");
    },
  },
];
