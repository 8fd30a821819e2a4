import { beforeAll, expect, test } from "bun:test";
import { type Client, clientOf } from "../support/client.ts";
import { allowForStarts } from "../support/services.ts";

/** Script on first load, gzipped. */
const MOST_SCRIPT_BYTES = 100_000;

allowForStarts();
let client: Client;
let html: string;
let parts: string[];
beforeAll(async () => {
  client = await clientOf("pglite");
  html = (await client.get("/")).body;
  parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
});

test("the page is HTML without any script or style of its own, and may load them from this server alone", async () => {
  const { status, headers } = await client.get("/");
  expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
    200,
    "text/html; charset=utf-8",
    "no-cache",
  ]);
  const policy = headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe-inline");
  expect(html).not.toMatch(/<style|\son\w+=|style=|<script(?![^>]*\ssrc=)/);
  expect(parts.length).toBe(4);
  expect(parts.filter((url) => !url.startsWith("/web/"))).toEqual([]);
});

test("each part is kept for good under the name of its content, and asked for again under any other", async () => {
  for (const url of parts) {
    const { status, headers } = await client.send(url);
    expect([url, status, headers.get("cache-control")]).toEqual([url, 200, "public, max-age=31536000, immutable"]);
    const other = await client.send(`${url}x`);
    expect([other.status, other.headers.get("cache-control")]).toEqual([200, "no-cache"]);
  }
});

test("the script has 100 KB at most, gzipped", async () => {
  let bytes = 0;
  for (const url of parts.filter((each) => each.includes(".js"))) {
    const response = await fetch(client.url + url, { headers: { "Accept-Encoding": "gzip" }, decompress: false });
    expect(response.headers.get("content-encoding") ?? "identity").toBe(url.includes("app") ? "gzip" : "identity");
    bytes += (await response.bytes()).length;
  }
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(MOST_SCRIPT_BYTES);
});

test("without script the page says in both languages what it needs", () => {
  const [, noscript] = /<noscript>(.+)<\/noscript>/s.exec(html)!;
  expect(noscript).toContain("Polyge needs JavaScript");
  expect(noscript).toContain("Polyge 需要 JavaScript");
});

test("the operator's page is as strict, and all that it loads is there", async () => {
  const { status, headers, body } = await client.get("/status");
  expect([status, headers.get("cache-control")]).toEqual([200, "no-cache"]);
  expect(headers.get("content-security-policy")).toStartWith(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';",
  );
  expect(body).not.toMatch(/<style|\son\w+=|style=|<script(?![^>]*\ssrc=)/);
  const loaded = [...String(body).matchAll(/(?:src|href)="(\/web\/[^"]+)"/g)].map(([, url]) => url!);
  expect(loaded.length).toBe(4);
  for (const url of loaded) expect([url, (await client.send(url)).status]).toEqual([url, 200]);
});
