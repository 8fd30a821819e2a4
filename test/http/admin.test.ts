import { expect, test } from "bun:test";
import { act, look, SHOWN, written } from "../support/admin.ts";
import { type Client, clientOf, person, unique } from "../support/client.ts";
import type { Refused } from "../support/peer.ts";
import { LOGIN_FAILURES, onEachDatabase, place, sharedService, start, testOnPostgres } from "../support/services.ts";
import { NOBODY, stageOn } from "../support/stage.ts";

/** The code of a login by password. */
async function login(client: Client, uname: string, pwd: string): Promise<string> {
  const { status, body } = await client.get("/login", { uname, pwd });
  return body.success ? "in" : `${status} ${body.code}`;
}

onEachDatabase("administration", (kind) => {
  const stage = stageOn(kind);
  const upgrade = (uid: number, token: string) =>
    stage.open({ uid, token }).then(
      () => 101,
      (error) => (error as Refused).status,
    );

  test("without the token, or with another, nothing is to be had, and the argument is not even looked at", async () => {
    const client = await clientOf(kind);
    const others = ["", "Bearer ", `Bearer ${"x".repeat(40)}`, SHOWN.Authorization.toLowerCase()];
    for (const Authorization of others) {
      const { status, body, headers } = await client.get("/admin/user", {}, { headers: { Authorization } });
      expect([status, body.code, headers.get("www-authenticate")]).toEqual([401, "bad_token", "Bearer"]);
    }
    expect((await client.get("/openapi.json")).body.paths).not.toContainKey("/admin/users");
  });

  test("what changes something takes no GET", async () => {
    const client = await clientOf(kind);
    const { status, headers } = await look(client, "users/disable", { user: 1 });
    expect([status, headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  test("a disabled user cannot log in, refresh or connect, loses sockets with 4001, and hears later what was sent meanwhile", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const socket = await stage.open({ uid, token }, { v2: true });
    await socket.sync();
    expect((await act(client, "users/disable", { user: uid })).body.rs).toEqual({ uid, tokens: 1 });
    expect(await socket.next("bye")).toEqual({ type: "bye", code: 4001, retryAfterMs: 0 });
    expect(await socket.closed).toBe(4001);
    expect(await login(client, uname, pwd)).toBe("403 user_disabled");
    expect(await login(client, uname, "wrong password")).toBe("200 password_error");
    expect((await client.get("/refresh_token", { uid, token })).body.code).toBe("bad_token");
    expect(await upgrade(uid, token)).toBe(401);
    expect((await look(client, "users", { disabled: "true", after: uid - 1 })).body.rs[0].uid).toBe(uid);
    const other = (await client.join()).token;
    expect((await client.get("/users", { token: other, name: uname })).body.rs.users).toEqual([]);

    const sender = await stage.peer({ v2: true });
    sender.send(uid, { msgId: 1n, data: "meanwhile" });
    expect(await sender.next("ack")).toMatchObject({ to: uid, status: "stored" });
    expect((await act(client, "users/enable", { user: uname })).body.rs).toEqual({ uid });
    const again = await stage.open({ uid, token: await client.login(uname, pwd) });
    expect(await again.data(1)).toEqual(["meanwhile"]);
    expect(await written(client, uid)).toEqual(["users.disable done", "users.enable done"]);
  });

  test("a registration's ticket is no way in for a disabled user", async () => {
    const client = await clientOf(kind);
    const registered = await client.get("/register", person());
    const location = registered.headers.get("location")!;
    const uname = new URLSearchParams(location.split("?")[1]).get("uname")!;
    await act(client, "users/disable", { user: uname });
    await act(client, "users/enable", { user: uname });
    expect((await client.send(location)).body.code).toBe("bad_token");
  });

  test("of logins and a disable at once none leaves a token behind", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd } = await client.join();
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 6 }, () => client.get("/login", { uname, pwd }))),
      act(client, "users/disable", { user: uid }),
    ]);
    expect((await look(client, "tokens", { user: uid })).body.rs).toEqual([]);
    for (const { body } of answers) if (body.success) expect(await upgrade(uid, body.rs.token)).toBe(401);
  });

  test("a new password replaces the old one, and ends tokens and sockets", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const socket = await stage.open({ uid, token });
    await socket.soFar();
    const fresh = "a better password";
    expect((await act(client, "users/reset-password", { user: uid, pwd: "short" })).body.code).toBe("bad_argument");
    expect((await act(client, "users/reset-password", { user: uid, pwd: fresh })).body.rs.tokens).toBe(1);
    expect(await socket.closed).toBe(4001);
    expect([await login(client, uname, pwd), await login(client, uname, fresh)]).toEqual(["200 password_error", "in"]);
    expect(JSON.stringify((await look(client, "audit", { subject: uid })).body)).not.toContain(fresh);
  });

  test("a new password works at once for a name that was refused for wrong ones", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd } = await client.join();
    for (let i = 0; i < LOGIN_FAILURES; i++) await login(client, uname, "wrong password");
    expect(await login(client, uname, pwd)).toBe("429 too_many");
    await act(client, "users/reset-password", { user: uid, pwd: "a better password" });
    expect(await login(client, uname, "a better password")).toBe("in");
  });

  test("one token is revoked, or all, and what they opened is closed", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const second = await client.login(uname, pwd);
    const sockets = [await stage.open({ uid, token }), await stage.open({ uid, token: second })];
    for (const socket of sockets) await socket.sync();
    const listed = (await look(client, "tokens", { user: uid })).body.rs;
    expect(listed).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toContain(token);
    expect((await act(client, "tokens/revoke", { user: uid, id: listed[1].id })).body.rs.tokens).toBe(1);
    expect(await sockets[0]!.closed).toBe(4001);
    await sockets[1]!.sync();
    expect((await act(client, "tokens/revoke", { user: uid, id: listed[1].id })).status).toBe(404);
    expect((await act(client, "tokens/revoke", { user: uid })).body.rs.tokens).toBe(1);
    expect(await sockets[1]!.closed).toBe(4001);
    expect(await written(client, uid)).toEqual(["tokens.revoke done", "tokens.revoke not_found", "tokens.revoke done"]);
  });

  test("sockets are listed and kicked, and the client may come back", async () => {
    const client = await clientOf(kind);
    const { uid, token } = await client.join();
    const socket = await stage.open({ uid, token }, { v2: true });
    await socket.sync();
    const listed = (await look(client, "sockets", { user: uid })).body.rs;
    expect(listed).toEqual([expect.objectContaining({ uid, v2: true, backlogBytes: 0 })]);
    expect((await act(client, "sockets/kick", { user: uid })).body.rs).toEqual({ uid });
    expect(await socket.next("bye")).toMatchObject({ code: 1013 });
    expect(await socket.closed).toBe(1013);
    expect(await upgrade(uid, token)).toBe(101);
  });

  test("a mailbox is shown by sender and purged, with its totals", async () => {
    const client = await clientOf(kind);
    const { uid } = await client.join();
    const sender = await stage.peer({ v2: true });
    for (const msgId of [1n, 2n]) {
      sender.send(uid, { msgId, data: "waits" });
      await sender.next("ack");
    }
    const shown = (await look(client, "mailbox", { user: uid })).body.rs;
    expect(shown).toMatchObject({ frames: 2, bytes: 82, senders: [{ sender: sender.uid, frames: 2, bytes: 82 }] });
    expect((await act(client, "mailboxes/purge", { user: uid })).body.rs).toEqual({ uid, frames: 2, bytes: 82 });
    expect((await look(client, "mailbox", { user: uid })).body.rs).toMatchObject({ frames: 0, bytes: 0, senders: [] });
    expect((await look(client, "user", { user: uid })).body.rs.mailbox).toEqual({ frames: 0, bytes: 0 });
  });

  test("an export has all of an account and no secret of it; a delete leaves nothing but the record", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd } = await client.join({ email: "somebody@example.com" });
    const sender = await stage.peer({ v2: true });
    sender.send(uid, { msgId: 1n, data: "waits" });
    await sender.next("ack");

    const { body } = await act(client, "users/export", { user: uid });
    expect(body).toMatchObject({
      users: [{ uid, uname, email: "somebody@example.com" }],
      tokens: [{ client_id: 123 }],
      mailbox_frames: [{ frame: expect.stringContaining(Buffer.from("waits").toString("hex")) }],
      complete: true,
    });
    expect(JSON.stringify(body)).not.toMatch(/argon2|"hash"/);

    expect((await act(client, "users/delete", { user: uid })).body.rs).toEqual({ uid, tokens: 1 });
    expect((await look(client, "user", { user: uid })).status).toBe(404);
    expect(await login(client, uname, pwd)).toBe("200 user_not_found");
    expect((await client.get("/check_uname", { uname })).body.rs).toBe(true);
    sender.send(uid, { msgId: 2n, data: "too late" });
    expect(await sender.next("nack")).toMatchObject({ to: uid, code: "unknown_user" });
    expect((await act(client, "users/delete", { user: uid })).status).toBe(404);
    expect(await written(client, uid)).toEqual(["users.export done", "users.delete done", "users.delete not_found"]);
  });

  test("frames that come while their target is deleted are stored before it, or refused: none is stuck", async () => {
    const client = await clientOf(kind);
    const { uid } = await client.join();
    const sender = await stage.peer({ v2: true });
    const FRAMES = 200;
    for (let i = 1; i <= FRAMES / 2; i++) sender.send(uid, { msgId: BigInt(i) });
    const deleting = act(client, "users/delete", { user: uid });
    for (let i = FRAMES / 2 + 1; i <= FRAMES; i++) sender.send(uid, { msgId: BigInt(i) });
    expect((await deleting).status).toBe(200);
    sender.send(uid, { msgId: BigInt(FRAMES + 1) });
    // In order: what came before has its answer as well.
    while ((await sender.next("nack")).msgId !== String(FRAMES + 1));
    const other = await client.join();
    sender.send(other.uid, { msgId: 1n });
    while ((await sender.next("ack")).to !== other.uid);
  });

  test("the embedded database is handed out as a backup, one at a time; PostgreSQL is backed up elsewhere", async () => {
    const client = await clientOf(kind);
    const statuses = (await Promise.all([1, 2].map(() => act(client, "backup", {})))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(kind === "pglite" ? [200, 503] : [404, 404]);
  });

  test("users are listed page by page, and found by the start of a name in any case", async () => {
    const client = await clientOf(kind);
    const prefix = unique("Pre");
    const joined = [];
    for (const end of ["a", "b", "c"]) joined.push((await client.join({ uname: prefix + end })).uid);
    const page = async (args: Record<string, string | number>) =>
      (await look(client, "users", { prefix: prefix.toUpperCase(), ...args })).body.rs.map(
        ({ uid }: { uid: number }) => uid,
      );
    expect(await page({ limit: 2 })).toEqual(joined.slice(0, 2));
    expect(await page({ limit: 2, after: joined[1]! })).toEqual(joined.slice(2));
  });

  test("a user who does not exist is said to be none, whatever is asked", async () => {
    const client = await clientOf(kind);
    for (const user of [NOBODY, "nobody of this name"]) {
      for (const path of ["disable", "enable", "delete", "export"]) {
        expect((await act(client, `users/${path}`, { user })).status).toBe(404);
      }
      expect((await act(client, "sockets/kick", { user })).status).toBe(404);
      expect((await act(client, "mailboxes/purge", { user })).status).toBe(404);
      expect((await act(client, "users/reset-password", { user, pwd: "long enough" })).status).toBe(404);
    }
  });

  test("the record says who, from where, what and when; totals count", async () => {
    const client = await clientOf(kind);
    const { uid } = await client.join();
    await act(client, "users/enable", { user: uid, as: "ana@example.com" });
    const [row] = (await look(client, "audit", { act: "users.enable", subject: uid })).body.rs;
    expect(row).toMatchObject({ actor: "ana@example.com", address: client.address, subject: uid, outcome: "done" });
    expect(Math.abs(Date.parse(row.at) - Date.now())).toBeLessThan(60_000);
    const { totals, nodes } = (await look(client, "stats")).body.rs;
    expect([totals.users > 0, totals.databaseBytes > 0, nodes.length]).toEqual([true, true, 1]);
    const { lines } = await sharedService(kind);
    expect(
      lines.some((line) => line.includes('"call":"/admin/users/enable"') && line.includes("ana@example.com")),
    ).toBe(true);
  });
});

testOnPostgres("where ADMIN_TOKEN is not set, there are no such calls", async () => {
  const { service } = await start({ ...(await place("postgres")), LOG_LEVEL: "silent" });
  expect((await fetch(`${service.url}/admin/stats`, { headers: SHOWN })).status).toBe(404);
});
