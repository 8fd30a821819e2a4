/** What a hostile client tries on the HTTP calls with requests that no ordinary client sends. */
import { expect, test } from "bun:test";
import { Client, clientOf, person, unique } from "../support/client.ts";
import { ADMIN_TOKEN, APP_ORIGIN, allowForStarts, METRICS_TOKEN } from "../support/services.ts";

allowForStarts();
const KIND = "pglite";

const get = (path: string, ...headers: string[]) => `GET ${path} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
/** Without what is another each time. */
const steady = (answer: string) => answer.replaceAll(/^(?:date|x-request-id): .*\r\n/gim, "");

/** Requests whose target and Host disagree or are strange, and are answered all the same. */
const TARGETS: [string, string][] = [
  ["/version", "Host: evil.example:99999"],
  ["/version", "Host: a\r\nHost: b"],
  ["/version", "Host:"],
  ["/version", "Host: h/nothing?x=1#y"],
  ["/version", `Host: ${"h".repeat(5000)}`],
  ["/version", "Host: h\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics"],
  ["http://evil.example/version", "Host: h"],
];

test("no answer depends on the Host, nor on what else names a host", async () => {
  const client = await clientOf(KIND);
  for (const path of ["/version", "/", "/docs", "/openapi.json", "/asyncapi.json"]) {
    const usual = steady(await client.raw(get(path, "Host: h", "Connection: close")));
    expect(usual).toStartWith("HTTP/1.1 200 ");
    const evil = await client.raw(
      get(path, "Host: evil.example", "X-Forwarded-Host: evil.example", "Connection: close"),
    );
    expect(steady(evil)).toBe(usual);
  }
  const usual = steady(await client.raw(get("/version", "Host: h")));
  for (const [target, headers] of TARGETS) {
    expect([target, headers, steady(await client.raw(get(target, headers)))]).toEqual([target, headers, usual]);
  }
  const asked = await client.raw(get("/check_uname", "Host: h?uname=x"));
  expect(asked).toContain('"msg":"uname: is required"');
});

test.each([
  ["no Host", "GET /version HTTP/1.1\r\n\r\n"],
  ["a control character in the Host", get("/version", "Host: a\u0001b")],
  ["a blank before the colon", get("/version", "Host : h")],
  ["a folded header", get("/version", "Host: h", "X-A: b\r\n c")],
  ["a bare CR in a header", get("/version", "Host: h", "X-Request-Id: 12345678\rSet-Cookie: a=b")],
  ["a bare LF for a line's end", "GET /version HTTP/1.1\nHost: h\n\n"],
  [
    "both lengths of a body",
    "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /version HTTP/1.1\r\nHost: h\r\n\r\n",
  ],
  [
    "two lengths of a body",
    "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\nContent-Length: 50\r\n\r\nuname=aGET /version HTTP/1.1\r\nHost: h\r\n\r\n",
  ],
  ["a length with a sign", "POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: +7\r\n\r\nuname=a"],
  ["another transfer encoding", "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\nuname=a"],
  ["NUL in the path", get("/web/app.js\0.css", "Host: h")],
])("a request that two servers may read differently is read by none: %s", async (_, text) => {
  const answer = await (await clientOf(KIND)).raw(text);
  expect([400, 505]).toContain(statusOf(answer));
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
});

test("no path leads out of the pages and their parts", async () => {
  const client = await clientOf(KIND);
  const tricks = [
    ...["../metrics", "../../../../etc/passwd", "%2e%2e/metrics", "%2e%2e%2fmetrics", "..%2f..%2fetc%2fpasswd"],
    ...["%252e%252e/etc/passwd", "..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd", "..;/metrics", ".%00./metrics"],
    ...[
      "%c0%ae%c0%ae/etc/passwd",
      "/etc/passwd",
      "main.tsx",
      "app.js%00.css",
      "app.js/",
      "app.js;x=1",
      "APP.JS",
      ".git/config",
    ],
  ];
  for (const folder of ["/web/", "/docs/", "/resources/", "/"]) {
    for (const trick of tricks) {
      const answer = await client.raw(get(folder + trick, "Host: h"));
      expect([folder + trick, statusOf(answer)]).toEqual([folder + trick, 404]);
      expect(answer).toContain('"code":"not_found"');
    }
  }
});

test("no argument and no header gets a line of its own into the headers of an answer", async () => {
  const client = await clientOf(KIND);
  // 嘊 and 嘍 end in the bytes of LF and CR: cut to one byte each they would be a line's end.
  const uname = `嘍嘊Set-Cookie:a=b ${unique("")}`;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(person({ uname }))) query.set(name, String(value));
  const answer = await client.raw(get(`/register?${query}`, "Host: h", `X-Forwarded-For: ${client.address}`));
  expect(statusOf(answer)).toBe(302);
  const location = /^location: (\S+)\r$/im.exec(answer)![1]!;
  expect(location).toMatch(/^\/login\?uname=[\w%.~-]+&ticket=[\w-]{22}$/);
  expect(new URLSearchParams(location.split("?")[1]).get("uname")).toBe(uname);
  for (const uname of ["a\r\nSet-Cookie: a=b", "a\u2028b", "a\u0085b", "a\nb"]) {
    expect((await client.json("/register", person({ uname }))).body.code).toBe("bad_argument");
  }
  for (const id of [
    "12345678%0d%0aSet-Cookie: a=b",
    "12345678 Set-Cookie",
    "12345678;a=b",
    "x".repeat(65),
    "<script>",
  ]) {
    const { headers } = await client.send("/healthz", { headers: { "X-Request-Id": id } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("set-cookie")).toBeNull();
  }
  const evil = {
    Origin: "https://evil.example",
    "Access-Control-Request-Method": "GET\tX",
    "Access-Control-Request-Headers": "X-Evil",
  };
  const preflight = await client.send("/login", { method: "OPTIONS", headers: evil });
  expect([...preflight.headers.values()].join()).not.toMatch(/evil/i);
});

test("JSON that reaches for prototypes, goes deep or counts far is arguments or 400, and changes nothing", async () => {
  const client = await clientOf(KIND);
  const uname = unique();
  const asked = async (text: string) => {
    const { status, body } = await client.json("/check_uname", text);
    return [status, body.rs, body.msg];
  };
  const fine = [200, true, ""];
  expect(await asked(`{"__proto__":{"uname":"x"},"constructor":{"prototype":{"uname":"x"}}}`)).toEqual([
    400,
    "",
    "uname: is required",
  ]);
  expect(await asked(`{"__proto__":"x","__proto__":1,"toString":null,"uname":"${uname}"}`)).toEqual(fine);
  expect(({} as Record<string, unknown>)["uname"]).toBeUndefined();
  const deep = (open: string, close: string, count: number) => open.repeat(count) + close.repeat(count);
  expect([200, 400]).toContain((await asked(`{"x":${deep("[", "]", 30_000)},"uname":"${uname}"}`))[0]);
  expect([200, 400]).toContain(
    (await asked(`{"uname":"${uname}","x":${`{"x":`.repeat(9000)}1${"}".repeat(9000)}}`))[0],
  );
  for (const number of ["1e400", "-1e400", "1e21", "9007199254740993", "0.1", "1".repeat(5000)]) {
    expect((await asked(`{"uname":${number}}`))[2]).toBe("uname: must be a whole number below 2^53, or a string");
  }
  expect(await asked(`{"uname":"a","uname":"${uname}"}`)).toEqual([400, "", "uname: is given twice"]);
});

test.each([
  ...[
    "",
    "__proto__",
    "constructor",
    "text/plain",
    "text/html",
    "application/jsonx",
    "application/x-www-form-urlencoded2",
  ],
  ...["application/json; charset=utf-16", "application/json, text/plain", "multipart/mixed; boundary=x"],
])("a body that says it is %j is not looked into", async (type) => {
  const body = `{"uname":"${unique()}"}`;
  const head = `POST /check_uname HTTP/1.1\r\nHost: h\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await (await clientOf(KIND)).raw(head, body);
  expect([statusOf(answer), /"code":"(\w+)"/.exec(answer)?.[1]]).toEqual([415, "unsupported_media_type"]);
});

test("the operator's secrets are taken whole and exact, and every wrong one is answered alike", async () => {
  const client = await clientOf(KIND);
  const answerTo = async (path: string, authorization: string | undefined) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
    const { status, body } = await client.send(path, { headers });
    return [status, body.code, body.msg];
  };
  const wrong = [401, "bad_token", "the bearer token is missing or wrong"];
  for (const [path, secret] of [
    ["/metrics", METRICS_TOKEN],
    ["/admin/stats", ADMIN_TOKEN],
  ] as const) {
    const tries = [
      secret.slice(0, -1),
      `${secret}x`,
      secret.toUpperCase(),
      `${secret}, Bearer ${secret}`,
      "",
      "x".repeat(7000),
    ];
    for (const each of tries) expect(await answerTo(path, `Bearer ${each}`)).toEqual(wrong);
    for (const each of [undefined, secret, `Basic ${btoa(`a:${secret}`)}`])
      expect(await answerTo(path, each)).toEqual(wrong);
    expect((await answerTo(path, `Bearer ${secret}`))[0]).toBe(200);
  }
});

test("a login costs one hash and counts once, whether or not somebody has the name", async () => {
  const client = new Client((await clientOf(KIND)).url);
  const { uname } = await client.join();
  const hashes = async () => {
    const { body } = await client.send("/metrics", { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    return Number(/^polyge_argon2_seconds_count (\d+)$/m.exec(body)![1]);
  };
  const before = await hashes();
  expect((await client.get("/login", { uname, pwd: "wrong!" })).body.code).toBe("password_error");
  expect((await hashes()) - before).toBe(1);
  const nobody = unique();
  expect((await client.get("/login", { uname: nobody, pwd: "wrong!" })).body.code).toBe("user_not_found");
  expect((await hashes()) - before).toBe(2);
  const guesses = await Promise.all(
    Array.from({ length: 9 }, () => client.get("/login", { uname: nobody, pwd: "wrong!" })),
  );
  expect(guesses.filter(({ status }) => status === 429)).toHaveLength(5);
});

test("a name that looks like another by a trick is not free, and cannot be registered", async () => {
  const client = await clientOf(KIND);
  const { uname } = await client.join();
  for (const trick of [`${uname}\u200D`, `${uname[0]}\u200C${uname.slice(1)}`, `\u202E${uname}`, `а${uname}`]) {
    expect((await client.get("/check_uname", { uname: trick })).body.rs).toBe(false);
    expect(await client.form("/register", person({ uname: trick }))).toMatchObject({
      status: 400,
      body: { code: "bad_argument" },
    });
  }
  expect((await client.form("/register", person({ uname: ` ${uname.toUpperCase()} ` }))).body.code).toBe("uname_taken");
});

test("every page has a policy without scripts of others or inline, sends no address on, and asks for no device", async () => {
  const client = await clientOf(KIND);
  for (const path of ["/", "/status", "/docs"]) {
    const { headers, body } = await client.get(path);
    const policy = new Map(
      headers
        .get("content-security-policy")!
        .split("; ")
        .map((each) => each.split(/ (.*)/) as [string, string]),
    );
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("script-src")).toMatch(/^'self'(?: 'wasm-unsafe-eval')?$/);
    expect(policy.get("connect-src")).toBe("'self'");
    for (const directive of ["frame-ancestors", "base-uri", "form-action"])
      expect(policy.get(directive)).toBe("'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("permissions-policy")).toContain("microphone=()");
    expect(body).not.toMatch(/<script(?![^>]*\ssrc="\/)|\son\w+=|javascript:|https?:\/\//);
  }
});

test("a page elsewhere may read no answer, however its Origin looks", async () => {
  const client = await clientOf(KIND);
  const strange = [
    "null",
    "https://evil.example",
    `${APP_ORIGIN}.evil.example`,
    `${APP_ORIGIN}:444`,
    `${APP_ORIGIN}, null`,
  ];
  for (const origin of strange) {
    const { headers } = await client.send("/healthz", { headers: { Origin: origin } });
    expect([headers.get("access-control-allow-origin"), headers.get("vary")]).toEqual([null, "Origin"]);
  }
  const { headers } = await client.send("/healthz", { headers: { Origin: APP_ORIGIN } });
  expect(headers.get("access-control-allow-origin")).toBe(APP_ORIGIN);
  expect(headers.get("access-control-allow-credentials")).toBeNull();
});
