import { expect, test } from "bun:test";
import { type Client, clientOf } from "../support/client.ts";
import { onEachDatabase } from "../support/services.ts";
import { NOBODY } from "../support/stage.ts";

const YEAR = new Date().getUTCFullYear();
const FULL = {
  phone: "+86 10 1234-5678",
  email: "a.b@example.com",
  audio: "/files/a.mp3",
  birth: `${YEAR - 30}-01-01`,
  country: 86,
  province: 11,
  city: 7,
  description: "two\nlines",
  interest: "tea",
};
/** What only the owner sees. */
const OWN_ALONE = ["birth", "email", "phone", "created_at"];

const bad = async (client: Client, path: string, args: Record<string, string | number>) => {
  const { status, body } = await client.get(path, args);
  return [status, body.code, body.msg];
};

onEachDatabase("profiles", (kind) => {
  test("one's own profile is all that was registered", async () => {
    const client = await clientOf(kind);
    const before = Date.now();
    const { uid, uname, token } = await client.join({ ...FULL, user_type: 1 });
    const { body } = await client.get("/profile", { token });
    expect(body).toEqual({
      success: true,
      msg: "",
      rs: {
        uid,
        uname,
        gender: 1,
        user_type: 1,
        language: 1,
        occup: "teacher",
        avatar: "/resources/avatar.svg",
        ...FULL,
        created_at: expect.any(Number),
      },
    });
    expect(Math.abs(body.rs.created_at - before)).toBeLessThan(60_000);
    expect((await client.get("/profile", { token, uid })).body).toEqual(body);
  });

  test("another's profile is public: an age, and nothing that is the owner's alone", async () => {
    const client = await clientOf(kind);
    const ana = await client.join(FULL);
    const { token } = await client.join();
    const { rs } = (await client.get("/profile", { token, uid: ana.uid })).body;
    expect(rs).toMatchObject({ uid: ana.uid, uname: ana.uname, age: 30, online: false, last_seen: null, city: 7 });
    for (const name of OWN_ALONE) expect(rs).not.toHaveProperty(name);
    const own = (await client.get("/profile", { token: ana.token })).body.rs;
    const more = Object.keys(rs).filter((name) => !(name in own));
    expect(more.toSorted()).toEqual(["age", "last_seen", "online"]);
  });

  test("a user who does not exist is 404; several are asked for at once, and unknown ones left out", async () => {
    const client = await clientOf(kind);
    const [ana, ben] = [await client.join(), await client.join()];
    const { token } = ana;
    expect(await bad(client, "/profile", { token, uid: NOBODY })).toEqual([404, "not_found", "no such user"]);
    const uids = `${ben.uid},${NOBODY},${ana.uid},${ben.uid}`;
    const { rs } = (await client.form("/profiles", { token, uids })).body;
    expect(rs.map((each: { uid: number }) => each.uid)).toEqual([ben.uid, ana.uid]);
    expect(rs[0].age).toBeNull();
    const many = Array.from({ length: 101 }, (_, index) => index + 1).join(",");
    for (const wrong of ["", "x", "1,,2", "0", `${2 ** 53}`, many]) {
      expect((await bad(client, "/profiles", { token, uids: wrong }))[0]).toBe(400);
    }
  });

  test("a profile changes where it is told to, and an empty argument takes out", async () => {
    const client = await clientOf(kind);
    const ana = await client.join(FULL);
    const { token } = ana;
    const own = (await client.get("/profile", { token })).body.rs;
    const changed = await client.json("/update_profile", { token, gender: 2, user_type: 1, city: 8, occup: "cook" });
    const expected = { ...own, gender: 2, user_type: 1, city: 8, occup: "cook" };
    expect(changed.body.rs).toEqual(expected);
    expect((await client.get("/update_profile", { token })).body.rs).toEqual(expected);
    const emptied = await client.form("/update_profile", { token, phone: "", birth: "", country: "", avatar: "" });
    expect(emptied.body.rs).toEqual({ ...expected, phone: null, birth: null, country: null });
    const pictured = await client.get("/update_profile", { token, avatar: "/a.png", occup: "" });
    expect(pictured.body.rs).toMatchObject({ avatar: "/a.png", occup: "cook" });
    expect((await client.get("/update_profile", { token, avatar: "" })).body.rs.avatar).toBe("/resources/avatar.svg");
    expect((await client.get("/profile", { token })).body.rs).toMatchObject({ phone: null, occup: "cook" });
  });

  test("a change is checked as a registration is, and nothing of a bad one is kept", async () => {
    const client = await clientOf(kind);
    const { token } = await client.join();
    const says = async (args: Record<string, string | number>) => bad(client, "/update_profile", { token, ...args });
    expect(await says({ phone: "call me", city: 3 })).toEqual([
      400,
      "bad_argument",
      expect.stringContaining("phone: must be a phone"),
    ]);
    expect(await says({ birth: "2021-02-29" })).toEqual([
      400,
      "bad_argument",
      expect.stringContaining("birth: must be a real"),
    ]);
    expect(await says({ gender: 3, avatar: "javascript:x" })).toEqual([
      400,
      "bad_argument",
      expect.stringMatching(/gender: .*avatar: /),
    ]);
    expect((await client.get("/profile", { token })).body.rs.city).toBeNull();
    const head = await client.get("/update_profile", { token, city: 3 }, { method: "HEAD" });
    expect([head.status, (await client.get("/profile", { token })).body.rs.city]).toEqual([200, null]);
  });

  test("without a live token every call of a user is 401", async () => {
    const client = await clientOf(kind);
    const { token, uid, pwd } = await client.join();
    await client.get("/logout", { token });
    const calls: [string, Record<string, string | number>][] = [
      ["/profile", {}],
      ["/profiles", { uids: uid }],
      ["/update_profile", {}],
      ["/change_password", { pwd, new_pwd: "another horse" }],
      ["/users", {}],
      ["/block", { uid }],
      ["/unblock", { uid }],
      ["/blocked", {}],
      ["/delete_account", { pwd }],
    ];
    for (const [path, args] of calls) {
      for (const { status, body } of [await client.get(path, args), await client.form(path, { ...args, token })]) {
        expect([path, status, body.code]).toEqual([path, 401, "bad_token"]);
      }
    }
  });
});
