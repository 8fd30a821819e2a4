import { afterAll, afterEach, expect } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientAddress } from "../../src/http/address.ts";
import { createPostgres, NO_POSTGRES } from "../support/databases.ts";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { startProcess } from "../support/processes.ts";
import { allowForStarts } from "../support/services.ts";
import { Stage } from "../support/stage.ts";
import { NODES, read } from "./files.ts";

allowForStarts();

const CONFIG = read("deploy/haproxy/haproxy.cfg");
const HAPROXY = "haproxy";
const NO_HAPROXY = withoutPrograms(HAPROXY);
const folder = mkdtempSync(join(tmpdir(), "polyge-balancer-"));
const running: { kill(): void; readonly exited: Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of running) each.kill();
  await Promise.all(running.splice(0).map(({ exited }) => exited));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The configuration with other addresses, and so few sockets that any machine allows them. */
async function placed(nodePorts: readonly number[]) {
  const port = await freePort();
  let text = CONFIG.replace("bind :8080", `bind 127.0.0.1:${port}`).replace("maxconn 100000", "maxconn 100");
  const operatorPorts: number[] = [];
  for (const [index, node] of NODES.entries()) {
    operatorPorts.push(await freePort());
    text = text
      .replace(`bind :${8081 + index}`, `bind 127.0.0.1:${operatorPorts[index]}`)
      .replaceAll(`${node}:8080`, `127.0.0.1:${nodePorts[index]}`);
  }
  expect(text).not.toMatch(/:808\d/);
  const file = join(folder, `${port}.cfg`);
  writeFileSync(file, text);
  const urlOf = (at: number) => `http://127.0.0.1:${at}`;
  return { file, url: urlOf(port), operators: operatorPorts.map(urlOf) };
}

/** Starts HAProxy before nodes; resolves when it has found out that the third is away. @returns its URLs */
async function startBalancer(first: number, second: number): Promise<{ url: string; operators: string[] }> {
  const { file, ...urls } = await placed([first, second, await freePort()]);
  const balancer = Bun.spawn([HAPROXY, "-db", "-f", file], { stdio: ["ignore", "pipe", "pipe"] });
  running.push({ kill: () => balancer.kill("SIGKILL"), exited: balancer.exited });
  const downs = new RegExp(`nodes/${NODES[2]} is DOWN`);
  let out = "";
  for await (const chunk of balancer.stdout) {
    out += Buffer.from(chunk).toString();
    if (downs.test(out)) return urls;
  }
  throw new Error(`HAProxy did not start: ${out}${await balancer.stderr.text()}`);
}

async function startNode(environment: Record<string, string>) {
  const node = await startProcess({ TRUST_PROXY: "1", ...environment });
  running.push(node.child);
  return { ...node, port: Number(new URL(node.url).port) };
}

testUnless(NO_HAPROXY, "HAProxy accepts its configuration as it stands", async () => {
  const file = join(folder, "as-it-stands.cfg");
  writeFileSync(file, CONFIG);
  const check = Bun.spawn([HAPROXY, "-c", "-q", "-f", file], { stdio: ["ignore", "ignore", "ignore"] });
  expect(await check.exited).toBe(0);
});

testUnless(
  NO_HAPROXY,
  "the last X-Forwarded-For entry is the balancer's, and what is for operators is at ports of theirs, node by node",
  async () => {
    const echo = (node: string) => {
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: ({ headers }) => new Response(headers.get("x-forwarded-for"), { headers: { "X-Node": node } }),
      });
      running.push({ kill: () => void server.stop(true), exited: Promise.resolve() });
      return server.port!;
    };
    const { url, operators } = await startBalancer(echo("first"), echo("second"));
    const answer = await fetch(`${url}/login`, { headers: { "X-Forwarded-For": "198.18.0.9" } });
    const seen = await answer.text();
    expect(seen).toBe("198.18.0.9, 127.0.0.1");
    expect(clientAddress("10.0.0.1", seen, 1)).toBe("127.0.0.1");
    for (const path of ["/metrics", "/status", "/admin/stats"]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
      const nodes = await Promise.all(operators.slice(0, 2).map((each) => fetch(each + path)));
      expect(nodes.map(({ headers }) => headers.get("x-node"))).toEqual(["first", "second"]);
      expect(await nodes[0]!.text()).toBe("127.0.0.1");
    }
    expect((await fetch(`${operators[2]}/status`)).status).toBe(503);
  },
);

testUnless(
  NO_HAPROXY ?? NO_POSTGRES,
  "sockets through the balancer: a full node's upgrades go to another, a stopping node's clients come back",
  async () => {
    const DATABASE_URL = await createPostgres();
    const [small, large] = await Promise.all([
      startNode({ DATABASE_URL, MAX_CONNECTIONS: "1" }),
      startNode({ DATABASE_URL }),
    ]);
    const { url } = await startBalancer(small.port, large.port);
    const stage = new Stage(async () => url);
    const logins = await stage.people(4);
    const peers = [];
    for (const login of logins) peers.push(await stage.open(login));
    // A frame to oneself goes each way.
    for (const peer of peers) {
      const frame = peer.send(peer.uid, { data: "both ways" });
      expect(Buffer.compare(await peer.nextFrame(), frame)).toBe(0);
    }
    small.child.kill("SIGTERM");
    expect(await Promise.race(peers.map(({ closed }) => closed))).toBe(1001);
    expect(await small.child.exited).toBe(0);
    const ended = peers.filter(({ closeCode }) => closeCode !== undefined);
    expect(ended).toHaveLength(1);
    const again = await stage.open(logins[peers.indexOf(ended[0]!)]!);
    await again.sync();
    for (const peer of peers.filter((each) => each !== ended[0])) await peer.sync();
    stage.clear();
  },
);
