/** What the log says of a whole run of calls, good, bad and broken ones: all of it, and nothing secret. */
import { afterAll, expect } from "bun:test";
import postgres from "postgres";
import { Client, unique } from "./support/client.ts";
import { createPostgres } from "./support/databases.ts";
import { Peer } from "./support/peer.ts";
import { freePort } from "./support/ports.ts";
import { allowForStarts, start, type TestService, testOnPostgres } from "./support/services.ts";
import { until } from "./support/until.ts";

allowForStarts();

const secret = (what: string) => unique(`secret-${what}-`);
const SECRETS = {
  database: secret("database"),
  nats: secret("nats"),
  metrics: secret("metrics"),
  admin: `${secret("admin")}-of-32-characters-and-more`,
  reset: secret("reset"),
  password: secret("password"),
  wrong: secret("wrong"),
  message: secret("message"),
  email: `${secret("email")}@example.com`,
};
const REQUEST_ID = "client-7f3a";

let service: TestService;
let admin: postgres.Sql;
let client: Client;
/** Tokens and tickets, as they come to be. */
const drawn: string[] = [];

const entries = () => service.lines.map((line) => JSON.parse(line));
const logged = (msg: string) => entries().filter((entry) => entry.msg === msg);
const untilLogged = (msg: string) => until(`"${msg}" is logged`, () => logged(msg).length > 0);

async function begin(): Promise<void> {
  const url = new URL(await createPostgres());
  admin = postgres(url.href, { max: 1, onnotice: () => {} });
  url.password = SECRETS.database;
  service = await start({
    DATABASE_URL: url.href,
    NATS_URL: `nats://polyge:${SECRETS.nats}@127.0.0.1:${await freePort()}`,
    METRICS_TOKEN: SECRETS.metrics,
    ADMIN_TOKEN: SECRETS.admin,
    LOG_LEVEL: "trace",
    LOG_FORMAT: "json",
  });
  client = new Client(service.service.url);
}

async function join(): Promise<{ uid: number; uname: string; token: string }> {
  const registered = await client.get("/register", {
    ...{ uname: unique(), pwd: SECRETS.password, gender: 1, language: 1, occup: "x", user_type: 1 },
    email: SECRETS.email,
  });
  const location = registered.headers.get("location")!;
  drawn.push(new URLSearchParams(location.split("?")[1]).get("ticket")!);
  const { rs } = (await client.send(location)).body;
  drawn.push(rs.token);
  // Used up by now.
  await client.send(location);
  return rs;
}

async function call(user: { uid: number; uname: string; token: string }): Promise<string> {
  const { uid, uname, token } = user;
  const login = { uname, pwd: SECRETS.password };
  await client.get("/login", login);
  await client.form("/login", login);
  await client.json("/login", login);
  await client.json("/login", { ...login, pwd: SECRETS.wrong });
  await client.json("/login", `{"pwd":"${SECRETS.password}",`);
  await client.json("/login", { uname: [SECRETS.password], pwd: { a: SECRETS.password } });
  await client.send(`/login?uname=a&pwd=${SECRETS.password}&pwd=${SECRETS.password}`);
  await client.get(`/${SECRETS.password}/${token}`, { token });
  await client.send(`/login?pwd=${SECRETS.password}`, { method: "DELETE" });
  const named = { Authorization: `Bearer ${token}`, "X-Request-Id": REQUEST_ID };
  const known = await client.get("/conversations", {}, { headers: named });
  expect(known.headers.get("x-request-id")).toBe(REQUEST_ID);
  const strange = { "X-Request-Id": `${SECRETS.password} ${token}` };
  expect((await client.get("/healthz", {}, { headers: strange })).headers.get("x-request-id")).toHaveLength(36);
  await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${SECRETS.metrics}` } });
  await client.get("/metrics", {}, { headers: { Authorization: `Bearer ${SECRETS.wrong}` } });
  await client.upgrade(uid, `${token}1`);
  await client.upgrade(uid + 1, token);
  const fresh: string = (await client.get("/refresh_token", { uid, token })).body.rs;
  drawn.push(fresh);
  return fresh;
}

/** Messages that arrive, that are stored, and that are none. */
async function talk(ana: { uid: number; token: string }, ben: { uid: number; token: string }): Promise<void> {
  const url = service.service.url;
  const [from, to] = [await Peer.open(url, ana, { v2: true }), await Peer.open(url, ben)];
  from.send(ben.uid, { data: SECRETS.message, msgId: 1n });
  await to.nextFrame();
  to.sendText(SECRETS.message);
  await to.closed;
  from.send(ben.uid, { data: SECRETS.message, msgId: 2n });
  await from.next("ack");
  from.sendText(`{"type":"${SECRETS.message}"`);
  from.sendText({ type: "read", peer: SECRETS.message, msgId: SECRETS.message });
  from.sendBytes(Buffer.from(SECRETS.message));
  await from.sync();
  const forged = Buffer.from(from.frame(ben.uid, { uid: ben.uid, data: SECRETS.message }));
  from.sendBytes(forged);
  expect(await from.closed).toBe(1008);
}

/** A database whose tables are missing, and one that throws everybody out. */
async function breakThings(ana: { uid: number; uname: string; token: string }, sleeper: number): Promise<void> {
  const peer = await Peer.open(service.service.url, ana, { v2: true });
  await admin.unsafe("alter table users rename to gone; alter table mailboxes rename to gone_too");
  const { status, body } = await client.json("/login", { uname: ana.uname, pwd: SECRETS.password });
  expect([status, body]).toEqual([500, { success: false, msg: "internal error", rs: "", code: "internal" }]);
  await client.get("/register", {
    uname: unique(),
    pwd: SECRETS.password,
    gender: 1,
    language: 1,
    occup: "x",
    user_type: 1,
  });
  peer.send(sleeper, { data: SECRETS.message, msgId: 3n });
  await untilLogged("the database cannot store frames; they wait");
  await admin.unsafe("alter table gone rename to users; alter table gone_too rename to mailboxes");
  await untilLogged("the database stores frames again");
  peer.cut();
}

/** An administrator, and somebody who is none. */
async function administer(user: { uname: string }): Promise<void> {
  const reset = (bearer: string) => {
    const headers = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" };
    return client.json("/admin/users/reset-password", { user: user.uname, pwd: SECRETS.reset }, { headers });
  };
  expect([(await reset(SECRETS.admin)).status, (await reset(SECRETS.wrong)).status]).toEqual([200, 401]);
}

/** @returns who made most calls */
async function whole(): Promise<number> {
  await begin();
  const [ana, ben] = [await join(), await join()];
  const token = await call(ana);
  await talk({ ...ana, token }, ben);
  await breakThings({ ...ana, token }, ben.uid);
  await administer(ben);
  await client.get("/logout", { token });
  return ana.uid;
}

afterAll(() => admin?.end({ timeout: 1 }));

testOnPostgres("the log of a whole run says who called what, and what broke, but nothing secret", async () => {
  const uid = await whole();
  const text = service.lines.join("");
  const secrets = [...Object.values(SECRETS), ...drawn];
  expect(secrets.length).toBeGreaterThan(13);
  for (const each of secrets) {
    expect(text).not.toContain(each);
    expect(text).not.toContain(Buffer.from(each).toString("base64").slice(0, 20));
    expect(text).not.toContain(Buffer.from(each).toString("hex"));
  }
  expect(text).not.toContain('"type":"Buffer"');
  const paths = new Set(logged("request").map(({ path }) => path));
  expect([...paths].toSorted()).toEqual(
    [
      "(unknown)",
      "/admin/users/reset-password",
      "/conversations",
      "/healthz",
      "/login",
      "/logout",
      "/metrics",
      "/refresh_token",
      "/register",
      "/wsconn",
    ].sort(),
  );
  const named = logged("request").filter(({ id }) => id === REQUEST_ID);
  expect(named).toMatchObject([{ path: "/conversations", method: "GET", status: 200, uid }]);
  expect(logged("an administrator acts")).toMatchObject([{ call: "/admin/users/reset-password", name: "admin" }]);
  expect(logged("somebody without the admin token")).toHaveLength(1);
  expect(logged("request failed").length).toBeGreaterThan(0);
  expect(logged("socket closed with 1008")).toMatchObject([{ uid: expect.any(Number) }]);
  expect(logged("NATS is away: users of other nodes cannot be reached until it is there")).toHaveLength(1);
});
