import { afterAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { generate } from "selfsigned";
import { certificateOf } from "../src/certificate.ts";
import { Listener } from "../src/listener.ts";
import { encodeFrame } from "../src/protocol/frame.ts";
import { person } from "./support/client.ts";
import { MAIN, spawnServer } from "./support/processes.ts";
import { allowForStarts, place, settings, start } from "./support/services.ts";
import { until } from "./support/until.ts";

allowForStarts();

const folder = mkdtempSync(join(tmpdir(), "polyge-tls-"));
const files = { TLS_CERT: join(folder, "cert.pem"), TLS_KEY: join(folder, "key.pem") };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const made = async (name: string) => {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], { keyType: "ec" });
  return { cert, key };
};
const [first, second] = [await made("first"), await made("second")];

function put({ cert, key }: { cert: string; key: string }): void {
  writeFileSync(files.TLS_KEY, key);
  writeFileSync(files.TLS_CERT, cert);
}

/** The name in the certificate that the server shows. */
async function shown(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  try {
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    return new X509Certificate(socket.getPeerCertificate().raw).subject;
  } finally {
    socket.destroy();
  }
}

const unchecked = { tls: { rejectUnauthorized: false } };

/** An account by way of https. */
async function register(url: string, name: string): Promise<{ uid: number; token: string }> {
  const answer = await fetch(`${url}/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(person({ uname: name })),
    ...unchecked,
  });
  return ((await answer.json()) as { rs: { uid: number; token: string } }).rs;
}

type Login = { uid: number; token: string };

/** @throws where it is refused */
async function open(url: string, { uid, token }: Login, headers: Record<string, string> = {}): Promise<WebSocket> {
  const wss = url.replace("https", "wss");
  const socket = new WebSocket(`${wss}/wsconn?uid=${uid}&token=${token}`, { headers, ...unchecked });
  socket.binaryType = "arraybuffer";
  const refused = once(socket, "error").then(([event]) => Promise.reject(new Error(event.message)));
  refused.catch(() => {});
  await Promise.race([once(socket, "open"), refused]);
  return socket;
}

const frame = (uid: number, target: number) =>
  encodeFrame({ uid, target, msgId: 1n, timestampMs: 1n, data: Buffer.from("over TLS") }, Bun.hash.crc32);

describe("TLS", () => {
  test("a changed certificate is taken for new connections, a wrong one is not, and open sockets stay", async () => {
    put(first);
    const { service, lines } = await start(
      { ...(await place("pglite")), LOG_FORMAT: "json", ...files },
      { certificateLookMs: 10 },
    );
    const logged = (words: string) => lines.filter((line) => line.includes(words)).length;
    expect(await shown(service.port)).toBe("CN=first");
    const [ana, ben] = [await register(service.url, "ana"), await register(service.url, "ben")];
    const old = await open(service.url, ana);

    const config = settings({ PORT: String(service.port), ...files });
    const parts = { routes: {}, fetch: async () => undefined, websocket: { message() {} } };
    expect(() => new Listener(config, parts, service.log, certificateOf(config))).toThrow("the port is taken");

    writeFileSync(files.TLS_CERT, second.cert);
    await until("the new certificate is looked at", () => logged("another certificate's") > 0);
    expect(await shown(service.port)).toBe("CN=first");

    put(second);
    await until("the new certificate is in use", () => logged("new certificate in use") > 0);
    expect(await shown(service.port)).toBe("CN=second");
    expect(logged("another certificate's")).toBe(1);

    const fresh = await open(service.url, ben);
    for (const [from, to, at] of [
      [ana, ben, fresh],
      [ben, ana, old],
    ] as const) {
      const arrived = once(at, "message");
      (at === old ? fresh : old).send(frame(from.uid, to.uid));
      const [{ data }] = (await arrived) as [MessageEvent];
      expect(Buffer.from(data)).toEqual(Buffer.from(frame(from.uid, to.uid)));
    }
    const closed = [once(old, "close"), once(fresh, "close")];
    await service.stop();
    for (const [{ code }] of (await Promise.all(closed)) as [CloseEvent][]) expect(code).toBe(1001);
  });

  test("the server's own page is one that came over TLS", async () => {
    put(first);
    const environment = { DATA_DIR: "memory://", ALLOWED_ORIGINS: "https://other.example", ...files };
    const { service } = await start(environment);
    const ana = await register(service.url, "ana");
    const from = (origin: string) => open(service.url, ana, { Origin: origin });
    (await from(service.url)).close();
    expect(from(service.url.replace("https", "http"))).rejects.toThrow();
    await service.stop();
  });

  test.each([
    ["no file", { cert: first.cert, key: undefined }, "TLS_KEY: "],
    ["no PEM", { cert: "hello", key: first.key }, "TLS_CERT: is no such PEM file"],
    ["another's key", { cert: first.cert, key: second.key }, "TLS_CERT, TLS_KEY: the key is another certificate's"],
  ])("a start without a usable pair ends with one line: %s", async (_, { cert, key }, says) => {
    writeFileSync(files.TLS_CERT, cert);
    if (key === undefined) rmSync(files.TLS_KEY, { force: true });
    else writeFileSync(files.TLS_KEY, key);
    await using server = spawnServer([process.execPath, MAIN], { DATA_DIR: "memory://", ...files });
    expect(await server.stderr.text()).toStartWith(`polyge: ${says}`);
    expect(await server.exited).toBe(key === undefined ? 2 : 1);
  });
});
