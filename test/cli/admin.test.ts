import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, clientOf } from "../support/client.ts";
import { ADMIN_TOKEN, allowForStarts } from "../support/services.ts";

allowForStarts();
const MAIN = join(import.meta.dir, "../../src/cli/admin/main.ts");
const folder = mkdtempSync(join(tmpdir(), "polyge-admin-"));
let client: Client;
beforeAll(async () => {
  client = await clientOf("pglite");
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function admin(words: readonly string[], more: { token?: string; input?: string; url?: string } = {}) {
  const child = Bun.spawn([process.execPath, MAIN, ...words], {
    env: {
      PATH: process.env["PATH"] ?? "",
      ADMIN_URL: more.url ?? client.url,
      ...(more.token === "" ? {} : { ADMIN_TOKEN: more.token ?? ADMIN_TOKEN }),
    },
    stdin: new Blob([more.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out, err };
}

test("a user is found, disabled, and what was done stands in the record under the administrator's name", async () => {
  const { uid, uname } = await client.join();
  const shown = await admin(["users", "show", uname]);
  expect(shown).toEqual({
    code: 0,
    out: expect.stringMatching(new RegExp(`^uid +${uid}\nuname +${uname}\n`)),
    err: "",
  });
  const disabled = await admin(["users", "disable", uname, "--as", "tess"]);
  expect(disabled).toEqual({ code: 0, out: `user ${uid} is disabled; 1 tokens ended\n`, err: "" });
  const { out } = await admin(["audit", "list", "--subject", String(uid)]);
  expect(out).toMatch(/^ID +AT +ACTOR +ADDRESS +ACT +SUBJECT +DETAIL +OUTCOME\n/);
  expect(out).toMatch(new RegExp(`tess +127\\.0\\.0\\.1 +users\\.disable +${uid} +tokens=1 +done\n$`));
  const [row] = JSON.parse((await admin(["audit", "list", "--subject", String(uid), "--json"])).out);
  expect(row).toMatchObject({ actor: "tess", act: "users.disable", detail: { tokens: 1 } });
});

test("a new password is drawn and shown once, or read", async () => {
  const { uid, uname } = await client.join();
  const drawn = await admin(["users", "reset-password", String(uid)]);
  const password = /^user \d+ has a new password; 1 tokens ended\npassword: (\w{20})\n$/.exec(drawn.out)![1]!;
  expect(await client.login(uname, password)).toMatch(/^\d{32}$/);
  const read = await admin(["users", "reset-password", uname, "--stdin"], { input: "from a file, 16\n" });
  expect([read.code, read.out]).toEqual([0, `user ${uid} has a new password; 1 tokens ended\n`]);
  expect(await client.login(uname, "from a file, 16")).toMatch(/^\d{32}$/);
});

test("an export is JSON, with the token from a file", async () => {
  const { uid, uname } = await client.join();
  const file = join(folder, "token");
  writeFileSync(file, `${ADMIN_TOKEN}\n`);
  chmodSync(file, 0o600);
  const { code, out } = await admin(["users", "export", uname, "--token-file", file], { token: "" });
  expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ users: [expect.objectContaining({ uid })] })]);
});

test("what the server refuses, or does not hear, is one line and exit code 1", async () => {
  const gone = "http://127.0.0.1:1";
  expect(
    await Promise.all([
      admin(["users", "show", "nobody of this name"]),
      admin(["stats"], { token: "x".repeat(40) }),
      admin(["stats"], { url: gone }),
    ]),
  ).toEqual([
    { code: 1, out: "", err: "admin: not_found: no such user\n" },
    { code: 1, out: "", err: "admin: the server's ADMIN_TOKEN is another one\n" },
    { code: 1, out: "", err: expect.stringMatching(/^admin: cannot reach http:\/\/127\.0\.0\.1:1: \w+\n$/) },
  ]);
});

test.each([
  [["users", "delete", "7"], "users delete USER cannot be undone: say --yes"],
  [["users", "show"], "users show USER: USER is missing"],
  [["users", "ban", "7"], 'unknown command "users ban"; see --help'],
  [["stats", "7"], 'stats takes no "7"'],
  [["stats", "--id", "7"], "stats takes no --id"],
  [["stats", "--token", "secret"], "Unknown option '--token'; see --help"],
])("admin %p: one line and exit code 2", async (words, line) => {
  expect(await admin(words)).toEqual({ code: 2, out: "", err: `admin: ${line}\n` });
});

test("without a token it says where it looks for one", async () => {
  const { code, err } = await admin(["stats"], { token: "" });
  expect([code, err]).toEqual([2, "admin: set ADMIN_TOKEN to the server's, or name a file with --token-file\n"]);
});
