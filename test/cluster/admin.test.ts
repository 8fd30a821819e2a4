import { expect, test } from "bun:test";
import { act, look } from "../support/admin.ts";
import { onNodes } from "../support/nodes.ts";
import type { Login, Refused } from "../support/peer.ts";
import { startProcess } from "../support/processes.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";

const ready = async (node: Stage, status: 200 | 503) => {
  const client = await node.client();
  await until(`/readyz is ${status}`, async () => (await client.get("/readyz")).status === status);
};

/** A node may believe a token for a second that it was not told of. */
const deadAt = (node: Stage, login: Login) =>
  until("the token opens no socket", () =>
    node.open(login).then(
      () => false,
      (error) => (error as Refused).status === 401,
    ),
  );

onNodes("administration over nodes", 2, {}, (nodes, stages) => {
  test("what one node is asked for reaches sockets on all: disable, revoke, kick", async () => {
    const client = await stages[0]!.client();
    for (const [path, code] of [
      ["sockets/kick", 1013],
      ["tokens/revoke", 4001],
      ["users/disable", 4001],
    ] as const) {
      const login = nodes.login();
      const sockets = await Promise.all(stages.map((node) => node.open(login)));
      for (const socket of sockets) await socket.sync();
      expect((await act(client, path, { user: login.uid })).status).toBe(200);
      expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([code, code]);
    }
  });

  test("sockets and nodes are listed, wherever they are", async () => {
    const login = nodes.login();
    const sockets = await Promise.all(stages.map((node) => node.open(login)));
    for (const socket of sockets) await socket.sync();
    const client = await stages[1]!.client();
    const [listed, stats] = await Promise.all([look(client, "sockets", { user: login.uid }), look(client, "stats")]);
    expect(listed.body.rs.map(({ uid }: { uid: number }) => uid)).toEqual([login.uid, login.uid]);
    expect(new Set(listed.body.rs.map(({ node }: { node: string }) => node)).size).toBe(2);
    expect(stats.body.rs.nodes).toHaveLength(2);
  });

  test("a node that does not answer is named, not left out in silence", async () => {
    const client = await stages[0]!.client();
    const { child } = await startProcess(nodes.place);
    try {
      const names = async () => (await look(client, "stats")).body.rs.nodes.map(({ node }: { node: string }) => node);
      const all: string[] = await names();
      expect(all).toHaveLength(3);
      child.kill("SIGSTOP");
      const [sockets, stats] = await Promise.all([look(client, "sockets"), look(client, "stats")]);
      const answered: string[] = stats.body.rs.nodes.map(({ node }: { node: string }) => node);
      const silent = all.filter((node) => !answered.includes(node));
      expect(silent).toHaveLength(1);
      expect([sockets.body.msg, stats.body.msg]).toEqual(Array(2).fill(`without ${silent[0]}: no answer`));
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  });

  test("what is done while NATS is away is made up for when it is back", async () => {
    const [kicked, disabled, spared] = [nodes.login(), nodes.login(), nodes.login()];
    const [first, second, third] = await Promise.all([kicked, disabled, spared].map((login) => stages[1]!.open(login)));
    for (const socket of [first, second, third]) await socket!.sync();
    await nodes.nats.stop();
    for (const node of stages) await ready(node, 503);
    const client = await stages[0]!.client();
    await act(client, "sockets/kick", { user: kicked.uid });
    await act(client, "users/disable", { user: disabled.uid });
    // Opened after the kick: it was not meant.
    const later = await stages[1]!.open(kicked);
    await nodes.nats.start();
    expect(await first!.closed).toBe(1013);
    expect(await second!.closed).toBe(4001);
    await later.sync();
    await third!.sync();
    await deadAt(stages[1]!, disabled);
  });

  test("a user disabled on one node can log in at none", async () => {
    const [one, other] = await Promise.all(stages.map((node) => node.client()));
    const { uid, uname, pwd, token } = await one!.join();
    await act(one!, "users/disable", { user: uid });
    expect((await other!.get("/login", { uname, pwd })).body.code).toBe("user_disabled");
    await deadAt(stages[1]!, { uid, token });
  });
});
