import { expect, test } from "bun:test";
import { clientOf, person, unique } from "../support/client.ts";
import { onEachDatabase } from "../support/services.ts";

const TOMORROW_EVERYWHERE = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);

/** An argument of /register, a value that it must not have, and a word of what must be said of it. */
const MALFORMED: [string, string | undefined, string][] = [
  ["uname", undefined, "required"],
  ["uname", "", "1 to 30"],
  ["uname", "   ", "1 to 30"],
  ["uname", "x".repeat(31), "1 to 30"],
  ["uname", "ﷺ".repeat(2), "1 to 30"],
  ["uname", "a\nb", "control"],
  ["uname", "a\u200Bb", "control"],
  ["uname", "a\u0000b", "U+0000"],
  ["pwd", undefined, "required"],
  ["pwd", "", "6 to 128"],
  ["pwd", "12345", "6 to 128"],
  ["pwd", "汉".repeat(43), "6 to 128"],
  ["pwd", "with\u0001control", "control"],
  ["gender", undefined, "required"],
  ["gender", "0", "1 (male) or 2 (female)"],
  ["gender", "3", "1 (male) or 2 (female)"],
  ["gender", "male", "1 (male) or 2 (female)"],
  ["user_type", "", "1 (student) or 2 (teacher)"],
  ["user_type", "1.0", "1 (student) or 2 (teacher)"],
  ["language", undefined, "required"],
  ["language", "-1", "whole number"],
  ["language", "1e3", "whole number"],
  ["language", " 1", "whole number"],
  ["language", "0x10", "whole number"],
  ["language", "١", "whole number"],
  ["language", "2147483648", "from 0 to 2147483647"],
  ["language", "99999999999999999999999", "whole number"],
  ["country", "x", "whole number"],
  ["province", "2147483648", "from 0"],
  ["city", "--", "whole number"],
  ["occup", undefined, "required"],
  ["occup", " ", "empty"],
  ["occup", "x".repeat(51), "at most 50"],
  ["occup", "a\tb", "control"],
  ["phone", "call me", "phone"],
  ["phone", "1".repeat(40), "phone"],
  ["email", "nobody", "e-mail"],
  ["email", "a@b@c", "e-mail"],
  ["email", `${"a".repeat(250)}@example.com`, "e-mail"],
  ["avatar", "javascript:alert(1)", "http(s) URL or a path"],
  ["avatar", "data:image/png;base64,AA", "http(s) URL or a path"],
  ["avatar", "//evil.example/x.png", "http(s) URL or a path"],
  ["avatar", '/x"onerror="y', "http(s) URL or a path"],
  ["avatar", `/${"x".repeat(255)}`, "http(s) URL or a path"],
  ["audio", "http:", "http(s) URL or a path"],
  ["audio", "ftp://example.com/a", "http(s) URL or a path"],
  ["birth", "2020-02-30", "real date"],
  ["birth", "2021-02-29", "real date"],
  ["birth", "20-1-1", "real date"],
  ["birth", "0000-01-01", "real date"],
  ["birth", "2020-01-01T00:00", "real date"],
  ["birth", TOMORROW_EVERYWHERE, "not in the future"],
  ["description", "x".repeat(501), "at most 500"],
  ["description", "a\u0007b", "control"],
  ["interest", "x".repeat(201), "at most 200"],
];

/** As they stand in a URL, name and value, and what must be said. */
const BADLY_ENCODED: [string, string][] = [
  ["uname=%", "uname: is not percent-encoded UTF-8"],
  ["uname=%zz", "uname: is not percent-encoded UTF-8"],
  ["uname=%D6%D0%B9%FA", "uname: is not percent-encoded UTF-8"], // GBK
  ["uname=%C0%80", "uname: is not percent-encoded UTF-8"], // overlong U+0000
  ["uname=%ED%A0%80", "uname: is not percent-encoded UTF-8"], // half a surrogate pair
  ["uname=%EF%BF%BD", "uname: is not valid UTF-8"],
  ["uname=a%00b", "uname: must not hold U+0000"],
  ["uname=a&uname=a", "uname: is given twice"],
  ["uname=&uname=a", "uname: is given twice"],
  ["uname=a&un%61me=b", "uname: is given twice"],
  ["%ff=1&uname=a", "request: an argument's name is not percent-encoded UTF-8"],
];

onEachDatabase("arguments", (kind) => {
  test.each(MALFORMED)("%s = %j is 400 and named", async (name, value, says) => {
    const client = await clientOf(kind);
    const args = person({ [name]: value });
    const given = Object.fromEntries(Object.entries(args).filter(([, each]) => each !== undefined));
    for (const { status, body } of [await client.get("/register", args), await client.json("/register", given)]) {
      expect([status, body.success, body.code]).toEqual([400, false, "bad_argument"]);
      expect(body.msg).toStartWith(`${name}: `);
      expect(body.msg).toContain(says);
      expect(body.msg).not.toContain(";");
    }
  });

  test("every wrong argument is named, not the first alone", async () => {
    const { body } = await (await clientOf(kind)).get("/register", { pwd: "1", gender: 3, birth: "x" });
    const named = body.msg.split("; ").map((each: string) => each.split(":")[0]);
    expect(named.toSorted()).toEqual(["birth", "gender", "language", "occup", "pwd", "uname", "user_type"]);
  });

  test.each(BADLY_ENCODED)("%s in a query and in a form", async (text, says) => {
    const client = await clientOf(kind);
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const answers = [
      await client.send(`/check_uname?${text}`),
      await client.send("/check_uname", { method: "POST", headers: form, body: text }),
    ];
    for (const { status, body } of answers) expect([status, body.msg]).toEqual([400, says]);
  });

  test("raw bytes that are no UTF-8 are refused in URL, form and JSON", async () => {
    const client = await clientOf(kind);
    const gbk = new Uint8Array([0xd6, 0xd0]);
    expect(await client.raw("GET /check_uname?uname=", gbk, " HTTP/1.1\r\nHost: h\r\n\r\n")).toContain(
      "not valid UTF-8",
    );
    for (const type of ["application/x-www-form-urlencoded", "application/json"]) {
      const { status, body } = await client.send("/check_uname", {
        method: "POST",
        headers: { "Content-Type": type },
        body: Buffer.concat([Buffer.from(type.endsWith("json") ? '{"uname":"' : "uname="), gbk, Buffer.from('"}')]),
      });
      expect([status, body.msg]).toEqual([400, "request: the body is not valid UTF-8"]);
    }
  });

  test.each([
    ["{", "request: the body is not valid JSON"],
    ["[]", "request: the body must be a JSON object"],
    ["null", "request: the body must be a JSON object"],
    ['"uname"', "request: the body must be a JSON object"],
    ['{"uname":{}}', "uname: must be a string or a number"],
    ['{"uname":true}', "uname: must be a string or a number"],
    ['{"uname":1.5}', "uname: must be a whole number below 2^53, or a string"],
    ['{"uname":12345678901234567890}', "uname: must be a whole number below 2^53, or a string"],
    ['{"uname":null}', "uname: is required"],
    ['{"uname":"a","x":{"uname":1},"\\u0075name":"b"}', "uname: is given twice"],
    ['{"uname":"\\ud800"}', "uname: holds half of a surrogate pair"],
    ['{"uname":"\\u0000"}', "uname: must not hold U+0000"],
  ])("JSON %s is 400", async (text, says) => {
    const { status, body } = await (await clientOf(kind)).json("/check_uname", text);
    expect([status, body.msg]).toEqual([400, says]);
  });

  test("one name in query and body is given twice", async () => {
    const { status, body } = await (await clientOf(kind)).json("/check_uname?uname=a", { uname: "a" });
    expect([status, body.msg]).toEqual([400, "uname: is given twice"]);
  });

  test("unknown arguments are ignored, also given twice or malformed", async () => {
    const { status } = await (await clientOf(kind)).send(`/check_uname?x=1&x=2&y=%ff&uname=${unique()}&__proto__=1`);
    expect(status).toBe(200);
  });

  test.each([
    ["/login", "uname=a&pwd=", "pwd: "],
    ["/login", "uname=a&ticket=", "ticket: "],
    ["/login", "uname=a&ticket=x", "ticket: "],
    ["/login", "uname=a&pwd=secret&ticket=AAAAAAAAAAAAAAAAAAAAAA", "ticket: "],
    ["/login", "pwd=secret", "uname: "],
    ["/login", `uname=a&pwd=${"x".repeat(129)}`, "pwd: "],
    ["/login", "uname=a&pwd=secret&client_id=x", "client_id: "],
    ["/logout", "", "token: "],
    ["/logout", "token=1", "token: "],
    ["/refresh_token", `uid=0&token=${"1".repeat(32)}`, "uid: "],
    ["/refresh_token", `uid=9007199254740992&token=${"1".repeat(32)}`, "uid: "],
    ["/refresh_token", `uid=1&token=${"x".repeat(32)}`, "token: "],
    ["/refresh_token", `uid=1&client_id=-1&token=${"1".repeat(32)}`, "client_id: "],
    ["/wsconn", "uid=1", "token: "],
    ["/wsconn", `uid=-1&token=${"1".repeat(32)}`, "uid: "],
  ])("%s?%s is 400 and names the one", async (path, query, says) => {
    const { status, body } = await (await clientOf(kind)).send(`${path}?${query}`);
    expect([status, body.code]).toEqual([400, "bad_argument"]);
    expect(body.msg).toStartWith(says);
    expect(body.msg).not.toContain(";");
  });

  test("SQL is text", async () => {
    const client = await clientOf(kind);
    for (const uname of ["'; drop table u;--", '" or 1=1 --', "%_\\", "$1 {{x}}"]) {
      expect((await client.get("/check_uname", { uname })).body.rs).toBe(true);
      const { uname: stored, pwd } = await client.join({ uname, pwd: "' or ''='" });
      expect(stored).toBe(uname);
      expect((await client.get("/login", { uname, pwd })).body.success).toBe(true);
      expect((await client.get("/login", { uname, pwd: "' or '1'='1" })).body.code).toBe("password_error");
    }
  });

  test("a megabyte is refused in a body and in a URL, and the server goes on", async () => {
    const client = await clientOf(kind);
    const big = "x".repeat(1 << 20);
    const { status, body } = await client.form("/register", person({ description: big }));
    expect([status, body.code]).toEqual([413, "too_large"]);
    expect((await client.json("/login", { uname: big })).status).toBe(413);
    const chunk = `${(1 << 17).toString(16)}\r\n${"y".repeat(1 << 17)}\r\n`;
    const chunked = "POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = await client.raw(chunked, chunk);
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain('"code":"too_large"');
    expect((await client.get("/login", { uname: big })).status).toBe(431);
    expect((await client.get("/healthz")).status).toBe(200);
  });

  test("a body of another kind is 415", async () => {
    const client = await clientOf(kind);
    for (const type of ["text/plain", "application/json; charset=gbk"]) {
      const { status, body } = await client.send("/login", {
        method: "POST",
        headers: { "Content-Type": type },
        body: '{"uname":"a"}',
      });
      expect([status, body.code]).toEqual([415, "unsupported_media_type"]);
    }
  });
});
