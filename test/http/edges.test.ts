import { expect, test } from "bun:test";
import { Client, clientOf } from "../support/client.ts";
import { APP_ORIGIN, METRICS_TOKEN, onEachDatabase } from "../support/services.ts";

onEachDatabase("edges of the HTTP server", (kind) => {
  test("an unknown path is 404 in the envelope, with the headers of every answer", async () => {
    const { status, headers, body } = await (await clientOf(kind)).get("/nothing");
    expect([status, body]).toEqual([404, { success: false, msg: "no such call", rs: "", code: "not_found" }]);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toStartWith("default-src 'none'");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["/login", "DELETE", "GET, HEAD, POST, OPTIONS"],
    ["/register", "PUT", "GET, HEAD, POST, OPTIONS"],
    ["/wsconn", "POST", "GET, HEAD, OPTIONS"],
    ["/healthz", "POST", "GET, HEAD, OPTIONS"],
    ["/docs", "PATCH", "GET, HEAD, OPTIONS"],
  ])("%s by %s is 405 with Allow", async (path, method, allow) => {
    const { status, headers, body } = await (await clientOf(kind)).send(path, { method });
    expect([status, headers.get("allow"), body.code]).toEqual([405, allow, "method_not_allowed"]);
  });

  test("HEAD is GET without the body", async () => {
    const { status, headers, body } = await (await clientOf(kind)).send("/healthz", { method: "HEAD" });
    expect([status, body, headers.get("content-type")]).toEqual([200, "", "application/json; charset=utf-8"]);
  });

  test("a preflight of an allowed page is granted, of another is not", async () => {
    const client = await clientOf(kind);
    const preflight = (origin: string) =>
      client.send("/login", {
        method: "OPTIONS",
        headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
      });
    const granted = await preflight(APP_ORIGIN);
    expect([granted.status, granted.headers.get("allow")]).toEqual([204, "GET, HEAD, POST, OPTIONS"]);
    expect(granted.headers.get("access-control-allow-origin")).toBe(APP_ORIGIN);
    expect(granted.headers.get("access-control-allow-methods")).toContain("POST");
    expect(granted.headers.get("vary")).toContain("Origin");
    const refused = await preflight("https://evil.example");
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    expect(refused.headers.get("access-control-allow-methods")).toBeNull();
  });

  test("/wsconn: each way to be refused has its status", async () => {
    const client = await clientOf(kind);
    const { uid, token } = await client.join();
    const other = await client.join();
    const refused = async (...args: Parameters<typeof client.upgrade>) =>
      /^HTTP\/1\.1 (\d+) .*"code":"(\w+)"/s.exec(await client.upgrade(...args))?.slice(1);
    expect(await refused(uid, "0".repeat(32))).toEqual(["401", "bad_token"]);
    expect(await refused(other.uid, token)).toEqual(["401", "bad_token"]);
    expect(await refused("x", token)).toEqual(["400", "bad_argument"]);
    expect(await refused(uid, token, { Origin: "https://evil.example" })).toEqual(["403", "forbidden_origin"]);
    expect(await client.upgrade(uid, token, { Origin: APP_ORIGIN })).toStartWith("HTTP/1.1 101 ");
    const plain = await client.get("/wsconn", { uid, token });
    expect([plain.status, plain.body.code]).toEqual([426, "upgrade_required"]);
    expect(plain.headers.get("upgrade")).toBe("websocket");
  });

  test("/healthz, /readyz, /version answer", async () => {
    const client = await clientOf(kind);
    expect((await client.get("/healthz")).body).toEqual({ success: true, msg: "", rs: "ok" });
    expect((await client.get("/readyz")).body).toEqual({ success: true, msg: "", rs: "ready" });
    expect((await client.get("/version")).body.rs).toEqual({ name: "polyge", version: "0.0.0-test", commit: null });
  });

  test("/metrics asks for its token and counts requests by call and status", async () => {
    const client = await clientOf(kind);
    await client.get("/healthz");
    expect((await client.get("/metrics")).status).toBe(401);
    const wrong = await client.send("/metrics", { headers: { Authorization: "Bearer wrong" } });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const { status, headers, body } = await client.send("/metrics", {
      headers: { Authorization: `Bearer ${METRICS_TOKEN}` },
    });
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(body).toMatch(/polyge_http_request_duration_seconds_count\{route="\/healthz",status="200"\} [1-9]/);
    expect(body).toMatch(/process_resident_memory_bytes [1-9]/);
    for (const name of ["polyge_event_loop_lag_seconds_count", "polyge_argon2_waiting", "polyge_token_cache_entries"]) {
      expect(body).toMatch(new RegExp(`^${name} \\d`, "m"));
    }
  });

  test("/openapi.json describes every call with its arguments and codes", async () => {
    const { body } = await (await clientOf(kind)).get("/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    const { get, post } = body.paths["/register"];
    const parameters = new Map(get.parameters.map((each: { name: string }) => [each.name, each]));
    expect(parameters.size).toBe(16);
    expect(parameters.get("gender")).toMatchObject({ in: "query", required: true, schema: { enum: [1, 2] } });
    expect(parameters.get("city")).toMatchObject({ required: false, schema: { type: "integer", maximum: 2147483647 } });
    expect(Object.keys(get.responses).toSorted()).toEqual(["302", "400", "405", "409", "429", "500", "503"]);
    expect(post.responses["413"].content["application/json"].schema.properties.code.enum).toEqual(["too_large"]);
    expect(Object.keys(body.paths)).toContainValues(["/login", "/logout", "/refresh_token", "/wsconn", "/check_uname"]);
    const users = body.paths["/users"].get;
    expect(users.parameters.map((each: { name: string }) => each.name).toSorted()).toEqual(
      ["country", "cursor", "language", "limit", "name", "token", "user_type"].toSorted(),
    );
    expect(Object.keys(users.responses).toSorted()).toEqual(["200", "400", "401", "405", "429", "500", "503"]);
    const changes = body.paths["/update_profile"].post.requestBody.content["application/json"].schema;
    expect(changes.properties.city).toMatchObject({ type: "integer", maximum: 2147483647 });
    expect(changes.required).toBeUndefined();
  });

  test("/docs and all that it loads come from this server", async () => {
    const client = await clientOf(kind);
    const { body, headers } = await client.get("/docs");
    expect(headers.get("content-security-policy")).toContain("script-src 'self';");
    const parts = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(parts.length).toBeGreaterThan(3);
    for (const path of parts) expect([path, (await client.get(path)).status]).toEqual([path, 200]);
  });

  test("the default avatar is served", async () => {
    const { status, headers } = await (await clientOf(kind)).get("/resources/avatar.svg");
    expect([status, headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
  });

  test("an address that proxies report decides, a made-up one does not", async () => {
    const client = new Client((await clientOf(kind)).url);
    expect((await client.get("/healthz", {}, { headers: { "X-Forwarded-For": "garbage, \u00ff" } })).status).toBe(200);
  });
});
