import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { openDatabase } from "../../src/store/database.ts";
import { attempts } from "../../src/store/schema.ts";
import { Client, clientOf, closeCode } from "../support/client.ts";
import { createPostgres } from "../support/databases.ts";
import { LOGIN_FAILURES, onEachDatabase, start, testOnPostgres } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

const NEXT = "another horse";
const DONE = { success: true, msg: "", rs: "" };

onEachDatabase("one's own account", (kind) => {
  const stage = stageOn(kind);

  test("a changed password ends every other token and its sockets, and lets in from now on", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const other = await client.login(uname, pwd);
    const closed = closeCode(await client.socket(uid, other));
    const staying = await client.socket(uid, token);
    expect((await client.form("/change_password", { token, pwd, new_pwd: NEXT })).body).toEqual(DONE);
    expect(await closed).toBe(4001);
    expect(staying.readyState).toBe(WebSocket.OPEN);
    expect((await client.get("/profile", { token: other })).status).toBe(401);
    expect((await client.get("/profile", { token })).status).toBe(200);
    expect((await client.get("/login", { uname, pwd })).body.code).toBe("password_error");
    expect(await client.login(uname, NEXT)).toMatch(/^\d{32}$/);
    staying.close();
  });

  test("a wrong password changes and deletes nothing, and counts as one at login does", async () => {
    const client = await clientOf(kind);
    const { uname, pwd, token } = await client.join();
    const wrong = { token, pwd: "wrong horse" };
    for (let i = 0; i < LOGIN_FAILURES; i++) {
      const path = i % 2 ? "/delete_account" : "/change_password";
      const { status, body } = await client.form(path, { ...wrong, new_pwd: NEXT });
      expect([status, body]).toEqual([200, { success: false, msg: "password error", rs: "", code: "password_error" }]);
    }
    for (const path of ["/change_password", "/delete_account"]) {
      const { status, headers } = await client.form(path, { token, pwd, new_pwd: NEXT });
      expect([status, Number(headers.get("retry-after")) > 0]).toEqual([429, true]);
    }
    expect((await client.get("/login", { uname, pwd })).status).toBe(429);
    expect((await client.get("/profile", { token })).status).toBe(200);
  });

  test("of two changes from one password at once one wins", async () => {
    const client = await clientOf(kind);
    const { uname, pwd, token } = await client.join();
    const answers = await Promise.all(
      ["first horse", "second horse"].map((next) => client.form("/change_password", { token, pwd, new_pwd: next })),
    );
    expect(answers.map(({ body }) => body.success).toSorted()).toEqual([false, true]);
    const winner = answers[0]!.body.success ? "first horse" : "second horse";
    expect(await client.login(uname, winner)).toMatch(/^\d{32}$/);
  });

  test("a deleted account leaves nothing behind, its sockets close, and its name is free", async () => {
    const client = await clientOf(kind);
    const [ana, ben] = [await client.join(), await client.join()];
    await client.form("/block", { token: ben.token, uid: ana.uid });
    await client.form("/block", { token: ana.token, uid: ben.uid });
    const closed = closeCode(await client.socket(ana.uid, ana.token));
    expect((await client.form("/delete_account", { token: ana.token, pwd: ana.pwd })).body).toEqual(DONE);
    expect(await closed).toBe(4001);
    expect((await client.get("/profile", { token: ana.token })).status).toBe(401);
    expect((await client.get("/profile", { token: ben.token, uid: ana.uid })).status).toBe(404);
    expect((await client.get("/blocked", { token: ben.token })).body.rs).toEqual({ users: [], next: null });
    expect((await client.get("/login", { uname: ana.uname, pwd: ana.pwd })).body.code).toBe("user_not_found");
    expect((await client.get("/check_uname", { uname: ana.uname })).body.rs).toBe(true);
    const again = await client.join({ uname: ana.uname });
    expect(again.uid).not.toBe(ana.uid);
  });

  test("what waits for a deleted account goes with it, and a frame to it is one to nobody", async () => {
    const client = await clientOf(kind);
    const ana = await client.join();
    const ben = await stage.peer({ v2: true });
    ben.send(ana.uid, { msgId: 1n });
    expect(await ben.next("ack")).toMatchObject({ msgId: "1", status: "stored" });
    await client.form("/delete_account", { token: ana.token, pwd: ana.pwd });
    ben.send(ana.uid, { msgId: 2n });
    expect(await ben.next("nack")).toMatchObject({ msgId: "2", code: "unknown_user" });
  });

  test("an account can be deleted while frames for it are being stored", async () => {
    const client = await clientOf(kind);
    const ana = await client.join();
    const ben = await stage.peer({ v2: true });
    const count = 300;
    for (let i = 1; i <= count; i++) ben.send(ana.uid, { msgId: BigInt(i) });
    expect((await client.form("/delete_account", { token: ana.token, pwd: ana.pwd })).status).toBe(200);
    ben.send(ana.uid, { msgId: BigInt(count + 1) });
    while ((await ben.next("nack")).msgId !== String(count + 1));
  });
});

testOnPostgres("wrong passwords that were counted for a deleted account are forgotten", async () => {
  const url = await createPostgres();
  const { service } = await start({ DATABASE_URL: url, LOG_LEVEL: "silent" });
  const client = new Client(service.url);
  const { uname, pwd, token } = await client.join();
  await client.get("/login", { uname, pwd: "wrong horse" });
  const database = await openDatabase({ url, directory: "" });
  const counted = () =>
    database.run((db) =>
      db
        .select()
        .from(attempts)
        .where(eq(attempts.key, `name:${uname}`)),
    );
  expect(await counted()).toHaveLength(1);
  await client.form("/delete_account", { token, pwd });
  expect(await counted()).toEqual([]);
  await database.close();
});
