import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { clientAddress } from "../../src/http/address.ts";
import { skipped, withoutPrograms } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { allowForStarts, sharedService } from "../support/services.ts";
import { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { read } from "./files.ts";

allowForStarts();

const folder = mkdtempSync(join(tmpdir(), "polyge-proxies-"));
const NODE = "127.0.0.1:8080";

/** A proxy as the how-to has it. */
interface Proxy {
  readonly program: string;
  /** The configuration as a whole file for a run without root: elsewhere than it says, and with another node. */
  place(listen: string, node: string): string;
  check(file: string): string[];
  run(file: string): string[];
}

const NGINX = read("deploy/nginx/polyge.conf");
const nginx: Proxy = {
  program: "nginx",
  place(listen, node) {
    const site = NGINX.replace("listen 80;", `listen unix:${folder}/${listen.split(":")[1]}.sock;`)
      .replace("listen 443 ssl;", `listen ${listen} ssl;`)
      .replaceAll("/etc/ssl/chat.example.com", folder)
      .replaceAll("/var/log/nginx", folder)
      .replace(NODE, node);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
    return `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${site}}\n`;
  },
  check: (file) => ["nginx", "-q", "-t", "-e", "stderr", "-c", file],
  run: (file) => ["nginx", "-e", "stderr", "-c", file],
};

const CADDYFILE = read("deploy/caddy/Caddyfile");
const caddy: Proxy = {
  program: "caddy",
  place: (listen, node) =>
    `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${CADDYFILE.replace(
      "chat.example.com {",
      `https://${listen} {\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`,
    ).replace(NODE, node)}`,
  check: (file) => ["caddy", "validate", "--adapter", "caddyfile", "--config", file],
  run: (file) => ["caddy", "run", "--adapter", "caddyfile", "--config", file],
};

const running: ReturnType<typeof spawn>[] = [];
const spawn = (command: string[]) =>
  Bun.spawn(command, {
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });

beforeAll(async () => {
  const pair = await generate([{ name: "commonName", value: "127.0.0.1" }], { keySize: 2048 });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "fullchain.pem"), pair.cert);
  writeFileSync(join(folder, "privkey.pem"), pair.private);
});
afterEach(async () => {
  for (const each of running) each.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ exited }) => exited));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(proxy: Proxy, listen: string, node: string): string {
  const file = join(folder, `${proxy.program}-${listen}`);
  writeFileSync(file, proxy.place(listen, node));
  return file;
}

const insecure = { tls: { rejectUnauthorized: false } };

/** Starts it before a node. @returns its URL */
async function startBefore(proxy: Proxy, node: string): Promise<string> {
  const listen = `127.0.0.1:${await freePort()}`;
  running.push(spawn(proxy.run(write(proxy, listen, node))));
  const url = `https://${listen}`;
  await until("the proxy answers for the node", () =>
    fetch(`${url}/version`, insecure).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  return url;
}

describe.each([nginx, caddy])("$program", (proxy) => {
  if (skipped(proxy.program, withoutPrograms(proxy.program))) return;

  test("accepts its configuration", async () => {
    const check = spawn(proxy.check(write(proxy, "127.0.0.1:8443", NODE)));
    expect([await check.exited, await check.stderr.text()]).toEqual([0, expect.anything()]);
  });

  test("the last X-Forwarded-For entry is its own, and what is for operators is not for clients", async () => {
    const echo = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => new Response(request.headers.get("x-forwarded-for")),
    });
    const url = await startBefore(proxy, `127.0.0.1:${echo.port}`);
    const answer = await fetch(`${url}/login`, { ...insecure, headers: { "X-Forwarded-For": "198.18.0.9" } });
    expect(clientAddress("10.0.0.1", await answer.text(), 1)).toBe("127.0.0.1");
    for (const path of ["/metrics", "/status", "/admin/stats"]) {
      expect([path, (await fetch(url + path, insecure)).status]).toEqual([path, 404]);
    }
    await echo.stop(true);
  });

  test("a frame through it is delivered: the ping that asks for it and its pong pass", async () => {
    const { service } = await sharedService("pglite");
    const stage = new Stage(async () => service.url);
    const [sender, login] = [await stage.peer({ v2: true }), await stage.join()];
    const url = await startBefore(proxy, new URL(service.url).host);
    const socket = new WebSocket(`${url.replace("https", "wss")}/wsconn?uid=${login.uid}&token=${login.token}`, {
      ...insecure,
    } as never);
    socket.binaryType = "arraybuffer";
    const opened = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<ArrayBuffer>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error("no upgrade through the proxy"));
    socket.onmessage = ({ data }) => arrived.resolve(data as ArrayBuffer);
    await opened.promise;
    const sent = sender.send(login.uid, { msgId: 7n, data: "through the proxy" });
    expect(Buffer.compare(Buffer.from(await arrived.promise), sent)).toBe(0);
    expect(await sender.next("ack")).toMatchObject({ msgId: "7", status: "delivered" });
    socket.close();
    stage.clear();
  });
});
