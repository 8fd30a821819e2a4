import { expect, test } from "bun:test";
import { type Answer, person } from "../support/client.ts";
import { onNodes } from "../support/nodes.ts";
import type { Peer, Refused } from "../support/peer.ts";
import type { Stage } from "../support/stage.ts";

const V2 = { v2: true };
const MAX_SOCKETS = 3;
const LOGIN_FAILURES = 5;
const REGISTRATIONS = 4;
const MAX_TOKENS = 16;
const SETTINGS = {
  MAX_SOCKETS_PER_USER: String(MAX_SOCKETS),
  LOGIN_FAILURES: String(LOGIN_FAILURES),
  REGISTRATIONS: String(REGISTRATIONS),
};

const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

/** The status of an upgrade; where it is not refused, the socket is closed again. */
async function upgradeStatus(node: Stage, uid: number, token: string): Promise<number> {
  try {
    await (await node.open({ uid, token })).close();
    return 101;
  } catch (refused) {
    return (refused as Refused).status;
  }
}

/** Waits until the token opens no socket on any of the nodes. @returns how long that took, in ms */
async function deadOn(nodes: readonly Stage[], uid: number, token: string): Promise<number> {
  const started = performance.now();
  for (const node of nodes) while ((await upgradeStatus(node, uid, token)) !== 401);
  return performance.now() - started;
}

onNodes("accounts, tokens and limits over nodes", 3, SETTINGS, (nodes, stages) => {
  test("a registration's redirect may be followed to another node, once", async () => {
    const registered = await (await stages[0]!.client()).get("/register", person());
    const location = registered.headers.get("location")!;
    const { body } = await (await stages[1]!.client()).send(location);
    expect(body.success).toBe(true);
    expect(await upgradeStatus(stages[2]!, body.rs.uid, body.rs.token)).toBe(101);
    expect((await (await stages[2]!.client()).send(location)).body.success).not.toBe(true);
  });

  test("logout on one node closes the token's sockets on all with 4001, no others, and the token opens none", async () => {
    const client = await stages[0]!.client();
    const { uid, uname, pwd, token } = await client.join();
    const other = await client.login(uname, pwd);
    const dying = [await stages[1]!.open({ uid, token }), await stages[2]!.open({ uid, token }, V2)];
    const staying = await stages[1]!.open({ uid, token: other });
    await staying.soFar();
    await client.get("/logout", { token });
    const died = performance.now();
    expect(await dying[1]!.next("bye")).toEqual({ type: "bye", code: 4001, retryAfterMs: 0 });
    for (const socket of dying) expect(await socket.closed).toBe(4001);
    expect(performance.now() - died).toBeLessThan(1000);
    expect(await deadOn(stages, uid, token)).toBeLessThan(1000);
    staying.send(uid, { data: "still here" });
    expect(await staying.data(1)).toEqual(["still here"]);
  });

  test("refresh on one node keeps sockets on others open under the new token, whose logout then closes them", async () => {
    const client = await stages[0]!.client();
    const { uid, token } = await client.join();
    const socket = await stages[1]!.open({ uid, token });
    await socket.soFar();
    const fresh = (await client.get("/refresh_token", { uid, client_id: 123, token })).body.rs;
    expect(await deadOn(stages, uid, token)).toBeLessThan(1000);
    socket.send(uid, { data: "still here" });
    expect(await socket.data(1)).toEqual(["still here"]);
    await (await stages[2]!.client()).get("/logout", { token: fresh });
    expect(await socket.closed).toBe(4001);
  });

  test("a token that newer ones push out, at whichever node, closes its sockets on another with 4001", async () => {
    const clients = await Promise.all(stages.map((node) => node.client()));
    const { uid, uname, pwd, token } = await clients[0]!.join();
    const socket = await stages[1]!.open({ uid, token });
    for (let i = 0; i < MAX_TOKENS; i++) await clients[i % clients.length]!.login(uname, pwd);
    expect(await socket.closed).toBe(4001);
  });

  test("past MAX_SOCKETS_PER_USER the oldest socket is closed with 4002, on whichever node", async () => {
    const login = nodes.login();
    const open: Peer[] = [];
    for (let i = 0; i < MAX_SOCKETS + 2; i++) {
      open.push(await stages[i % stages.length]!.open(login, { v2: i === 1 }));
      await open[i]!.sync();
    }
    expect(await open[0]!.closed).toBe(4002);
    expect(await open[1]!.next("bye")).toEqual({ type: "bye", code: 4002, retryAfterMs: 0 });
    expect(await open[1]!.closed).toBe(4002);
    const sender = await nodes.peer(stages[0]!);
    sender.send(login.uid, { data: "to the rest" });
    for (const socket of open.slice(2)) expect((await socket.data(1)).at(-1)).toBe("to the rest");
  });

  test("wrong passwords count together, at whichever nodes they are tried", async () => {
    const clients = await Promise.all(stages.map((node) => node.client()));
    const { uname } = await clients[0]!.join();
    for (let i = 0; i < LOGIN_FAILURES; i++) {
      await clients[i % clients.length]!.get("/login", { uname, pwd: "wrong password", client_id: 123 });
    }
    for (const client of clients) {
      expect((await client.get("/login", { uname, pwd: "wrong password", client_id: 123 })).status).toBe(429);
    }
  });

  test("of 50 guesses sent at once to two nodes as many are answered as of guesses sent one by one", async () => {
    const clients = await Promise.all(stages.map((node) => node.client()));
    const { uname, pwd } = await clients[0]!.join();
    const guesses = Array.from({ length: 50 }, (_, index) =>
      clients[index % 2]!.get("/login", { uname, pwd: `guess number ${index}`, client_id: 123 }),
    );
    const answers = await Promise.all(guesses);
    expect([count(answers, 200), count(answers, 429)]).toEqual([LOGIN_FAILURES, 50 - LOGIN_FAILURES]);
    const right = await clients[2]!.get("/login", { uname, pwd, client_id: 123 });
    expect([right.status, right.body.code]).toEqual([429, "too_many"]);
    expect(Number(right.headers.get("retry-after"))).toBeWithin(1, 901);
  });

  test("registrations from one address count together, at whichever nodes, and those that failed do not", async () => {
    const clients = await Promise.all(stages.map((node) => node.client()));
    const sameAddress = { headers: { "X-Forwarded-For": clients[0]!.address } };
    const first = person();
    const register = (node: number, args = person()) => clients[node]!.get("/register", args, sameAddress);
    expect((await register(0, first)).status).toBe(302);
    for (const node of [0, 1, 2, 0, 1, 2]) expect((await register(node, first)).status).toBe(409);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => register(index % 2)));
    expect([count(answers, 302), count(answers, 429)]).toEqual([REGISTRATIONS - 1, 11 - REGISTRATIONS]);
    expect((await register(2)).status).toBe(429);
  });
});
