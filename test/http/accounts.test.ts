import { expect, test } from "bun:test";
import { Client, clientOf, closeCode, person, unique } from "../support/client.ts";
import { LOGIN_FAILURES, onEachDatabase, REGISTRATIONS, sharedService } from "../support/services.ts";

const TOKEN = /^\d{32}$/;

onEachDatabase("register, login, logout, refresh", (kind) => {
  test("a client that follows the redirect of /register is logged in", async () => {
    const client = await clientOf(kind);
    const args = person();
    const registered = await client.get("/register", args);
    expect(registered.status).toBe(302);
    const location = registered.headers.get("location")!;
    expect(location).toMatch(/^\/login\?uname=[^&]+&ticket=[A-Za-z0-9_-]{22}$/);
    const { status, body } = await client.send(location);
    expect(status).toBe(200);
    expect(body.Result).toEqual({
      token: expect.stringMatching(TOKEN),
      uid: expect.any(Number),
      uname: args["uname"],
      gender: 1,
      user_type: 2,
    });
    expect(body).toEqual({ Success: true, Msg: "", Result: body.Result, success: true, msg: "", rs: body.Result });
  });

  test("a ticket works once, and for its own name only", async () => {
    const client = await clientOf(kind);
    const location = (await client.get("/register", person())).headers.get("location")!;
    const answers = await Promise.all([client.send(location), client.send(location), client.send(location)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401]);
    const other = (await client.get("/register", person())).headers.get("location")!;
    const { status, body } = await client.send(other.replace(/uname=[^&]+/, "uname=somebody"));
    expect([status, body.code]).toEqual([401, "bad_token"]);
  });

  test("a name in any Unicode survives the redirect", async () => {
    const client = await clientOf(kind);
    const name = `${unique("")} 中文+&=😀`;
    expect((await client.join({ uname: name })).uname).toBe(name);
  });

  test("of many registrations of one name at once, in any case, one wins", async () => {
    const client = await clientOf(kind);
    const name = unique("Straße");
    const spelt = [name, name.toUpperCase(), name.toLowerCase(), ` ${name} `];
    const answers = await Promise.all(spelt.map((uname) => client.get("/register", person({ uname }))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body).toEqual({
      success: false,
      msg: "this name is taken",
      rs: "",
      code: "uname_taken",
    });
  });

  test("every optional argument is taken, and an empty one counts as not given", async () => {
    const client = await clientOf(kind);
    const full = {
      phone: "+86 10 1234-5678",
      email: "a.b@example.com",
      avatar: "https://example.com/a.png",
      audio: "/files/a.mp3",
      birth: "2000-02-29",
      country: 0,
      province: 2 ** 31 - 1,
      city: 7,
      description: "two\nlines'); drop table users; --",
      interest: "汉".repeat(200),
    };
    expect((await client.get("/register", person(full))).status).toBe(302);
    const empty = Object.fromEntries(Object.keys(full).map((name) => [name, ""]));
    expect((await client.get("/register", person(empty))).status).toBe(302);
  });

  test("a name alone asks whether it is free", async () => {
    const client = await clientOf(kind);
    const { uname } = await client.join();
    for (const path of ["/login", "/check_uname"]) {
      expect((await client.get(path, { uname: unique() })).body).toEqual({ success: true, msg: "", rs: true });
      for (const taken of [uname, uname.toUpperCase(), "", " ", "x".repeat(31), "a\u0007b", "a\u202Eb"]) {
        expect((await client.get(path, { uname: taken })).body).toEqual({ success: true, msg: "", rs: false });
      }
    }
  });

  test("login answers in the document's words, with or without client_id, by GET, form, JSON and multipart", async () => {
    const client = await clientOf(kind);
    const { uname, pwd, uid } = await client.join();
    const multipart = new FormData();
    multipart.set("uname", uname);
    multipart.set("pwd", pwd);
    const answers = await Promise.all([
      client.get("/login", { uname, pwd, client_id: 123 }),
      client.get("/login", { uname: uname.toUpperCase(), pwd, ignored: "%" }),
      client.form("/login", { uname, pwd }),
      client.json("/login", { uname, pwd, client_id: 123 }),
      client.json(`/login?uname=${uname}`, { pwd }),
      client.send("/login", { method: "POST", body: multipart }),
    ]);
    for (const { body } of answers) expect([body.Success, body.Result.uid]).toEqual([true, uid]);
    expect((await client.get("/login", { uname, pwd: "wrong" })).body).toMatchObject({
      success: false,
      msg: "password error",
      rs: "",
    });
    const unknown = await client.get("/login", { uname: unique(), pwd });
    expect([unknown.status, unknown.body.msg, unknown.body.rs]).toEqual([200, "user not found", ""]);
  });

  test("a number in JSON stands for its digits", async () => {
    const client = await clientOf(kind);
    const { uname } = await client.join({ pwd: "123456" });
    expect((await client.json("/login", { uname, pwd: 123456, client_id: "123" })).body.success).toBe(true);
  });

  test("logout kills the token at once and closes its sockets with 4001; again is a success too", async () => {
    const client = await clientOf(kind);
    const { uid, token } = await client.join();
    const closed = closeCode(await client.socket(uid, token));
    expect((await client.get("/logout", { token })).body).toEqual({ success: true, msg: "", rs: "" });
    expect(await closed).toBe(4001);
    expect(await client.upgrade(uid, token)).toStartWith("HTTP/1.1 401 ");
    expect((await client.get("/logout", { token })).body.success).toBe(true);
  });

  test("refresh gives a new token, ends the old one, and the socket lives on under the new", async () => {
    const client = await clientOf(kind);
    const { uid, token } = await client.join();
    const socket = await client.socket(uid, token);
    const { body } = await client.get("/refresh_token", { uid, client_id: 123, token });
    expect(body).toEqual({ success: true, msg: "", rs: expect.stringMatching(TOKEN) });
    const again = await client.get("/refresh_token", { uid, client_id: 123, token });
    expect([again.status, again.body.code]).toEqual([401, "bad_token"]);
    expect(await client.upgrade(uid, token)).toStartWith("HTTP/1.1 401 ");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    const closed = closeCode(socket);
    await client.get("/logout", { token: body.rs });
    expect(await closed).toBe(4001);
  });

  test("of two refreshes at once one wins; another user's token is refused", async () => {
    const client = await clientOf(kind);
    const [one, two] = [await client.join(), await client.join()];
    const answers = await Promise.all([1, 2, 3].map(() => client.get("/refresh_token", one)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401]);
    expect((await client.get("/refresh_token", { uid: one.uid, token: two.token })).status).toBe(401);
  });

  test("the 17th login pushes the oldest token out and closes its socket", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const closed = closeCode(await client.socket(uid, token));
    const others = await Promise.all(Array.from({ length: 16 }, () => client.login(uname, pwd)));
    expect(await closed).toBe(4001);
    expect(await client.upgrade(uid, token)).toStartWith("HTTP/1.1 401 ");
    for (const each of others) expect(await client.upgrade(uid, each)).toStartWith("HTTP/1.1 101 ");
  });

  test("HEAD changes nothing", async () => {
    const client = await clientOf(kind);
    const { uid, uname, pwd, token } = await client.join();
    const head = { method: "HEAD" };
    const fresh = person();
    expect((await client.get("/register", fresh, head)).status).toBe(200);
    expect((await client.get("/register", { ...fresh, gender: 3 }, head)).status).toBe(400);
    expect((await client.get("/check_uname", { uname: fresh["uname"] })).body.rs).toBe(true);
    for (const args of [
      { uname, pwd },
      { uname, pwd: "wrong" },
    ]) {
      const { status, body } = await client.get("/login", args, head);
      expect([status, body]).toEqual([200, ""]);
    }
    await client.get("/logout", { token }, head);
    await client.get("/refresh_token", { uid, token }, head);
    expect(await client.upgrade(uid, token)).toStartWith("HTTP/1.1 101 ");
  });

  test("wrong passwords for one name end in 429, also the right one, also when sent all at once", async () => {
    const client = await clientOf(kind);
    const { uname, pwd } = await client.join();
    const wrong = await Promise.all(
      Array.from({ length: LOGIN_FAILURES + 4 }, () => client.get("/login", { uname, pwd: "wrong!" })),
    );
    expect(wrong.filter(({ status }) => status === 200)).toHaveLength(LOGIN_FAILURES);
    const right = await new Client(client.url).get("/login", { uname, pwd });
    expect([right.status, right.body.code]).toEqual([429, "too_many"]);
    expect(Number(right.headers.get("retry-after"))).toBeWithin(1, 901);
  });

  test("registrations from one address end in 429, those from another do not", async () => {
    const client = await clientOf(kind);
    const answers = [];
    for (let i = 0; i <= REGISTRATIONS; i++) answers.push(client.get("/register", person()));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    const forged = { headers: { "X-Forwarded-For": `1.2.3.4, ${client.address}` } };
    expect((await client.get("/register", person(), forged)).status).toBe(429);
    expect((await new Client(client.url).get("/register", person())).status).toBe(302);
  });

  test("no log line holds a password, a token, a ticket or a query", async () => {
    const { service, lines } = await sharedService(kind);
    const client = new Client(service.url);
    const pwd = unique("secret-password-");
    const { uid, uname, token } = await client.join({ pwd });
    await client.get("/login", { uname, pwd: `${pwd}-wrong` });
    await client.json("/login", { uname, pwd });
    await client.send(`/nothing/${pwd}?pwd=${pwd}`);
    await client.send(`/login%3Fpwd=${pwd}`);
    const fresh = (await client.get("/refresh_token", { uid, token })).body.rs;
    await client.upgrade(uid, fresh);
    await client.get("/logout", { token: fresh });
    const log = lines.join("");
    expect(log).toContain('"path":"/refresh_token"');
    for (const secret of [pwd, token, fresh, "ticket=", "?", "argon2"]) expect(log).not.toContain(secret);
  });
});
