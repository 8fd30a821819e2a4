import { afterAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbedded, createPostgres } from "../support/databases.ts";
import { freePort } from "../support/ports.ts";
import { MAIN, spawnServer, startProcess } from "../support/processes.ts";
import { allowForStarts, testOnPostgres } from "../support/services.ts";

allowForStarts();

const folder = mkdtempSync(join(tmpdir(), "polyge-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs to the end. */
async function outcome(environment: Record<string, string>, ...words: string[]) {
  const child = spawnServer([process.execPath, MAIN, ...words], environment);
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out, err };
}

const oneLine = (start: string) => expect.stringMatching(new RegExp(`^polyge: ${start}[^\\n]*\\n$`));

describe("a start that fails says why in one line", () => {
  test("a wrong setting: exit 2, every one named", async () => {
    const { code, out, err } = await outcome({ PORT: "99999", LOG_LEVEL: "loud" });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toEqual(oneLine("PORT: .*; LOG_LEVEL: "));
  });

  test("a NATS_URL that is none: exit 2, without the password", async () => {
    for (const url of ["http://u:topsecret@127.0.0.1", "nats://a:4222,u:topsecret@b", "nats://u:topsecret%zz@a"]) {
      const { code, err } = await outcome({ NATS_URL: url });
      expect([code, err]).toEqual([2, oneLine("NATS_URL: must be URLs")]);
      expect(err).not.toContain("topsecret");
    }
  });

  test("an unknown argument: exit 2", async () => {
    expect(await outcome({}, "--verbose")).toEqual({ code: 2, out: "", err: oneLine('unknown argument "--verbose"') });
  });

  test("database unreachable: exit 1, without the password", async () => {
    const port = await freePort();
    const { code, err } = await outcome({ DATABASE_URL: `postgres://u:topsecret@127.0.0.1:${port}/x` });
    expect([code, err]).toEqual([1, oneLine(`DATABASE_URL: cannot reach 127\\.0\\.0\\.1:${port} \\(ECONNREFUSED\\)`)]);
    expect(err).not.toContain("topsecret");
  });

  testOnPostgres("no such database: exit 1", async () => {
    const url = new URL(await createPostgres());
    url.pathname = "/polyge_test_absent";
    expect(await outcome({ DATABASE_URL: url.href })).toEqual({
      code: 1,
      out: "",
      err: oneLine("DATABASE_URL: \\S+ has no database polyge_test_absent"),
    });
  });

  testOnPostgres("wrong user: exit 1, without the password", async () => {
    const url = new URL(await createPostgres());
    url.username = "polyge_absent";
    url.password = "topsecret";
    const { code, err } = await outcome({ DATABASE_URL: url.href });
    expect([code, err]).toEqual([1, oneLine("DATABASE_URL: \\S+ refused the user or password")]);
    expect(err).not.toContain("topsecret");
  });

  test("port taken: exit 1", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const byAnother = await outcome({ PORT: String(port), DATA_DIR: await createEmbedded() });
    server.close();
    expect([byAnother.code, byAnother.err]).toEqual([1, oneLine("HOST, PORT: .*: the port is taken")]);
    // Bun can be made to share a port between processes, half of the connections going to each.
    const first = await startProcess({});
    const byItself = await outcome({ PORT: new URL(first.url).port, DATA_DIR: await createEmbedded() });
    first.child.kill("SIGTERM");
    expect([byItself.code, byItself.err]).toEqual([1, oneLine("HOST, PORT: .*: the port is taken")]);
  });

  test("data folder that cannot be written: exit 1", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { code, err } = await outcome({ DATA_DIR: join(file, "data") });
    expect([code, err]).toEqual([1, oneLine("DATA_DIR: cannot write in .* ENOTDIR")]);
  });

  test("data folder in use: exit 1, for as long as its process lives and no longer", async () => {
    const data = await createEmbedded();
    const first = await startProcess({ DATA_DIR: data });
    expect(await outcome({ DATA_DIR: data })).toEqual({
      code: 1,
      out: "",
      err: oneLine("DATA_DIR: another process is using"),
    });
    first.child.kill("SIGKILL");
    await first.child.exited;
    const second = await startProcess({ DATA_DIR: data });
    second.child.kill("SIGTERM");
    expect(await second.child.exited).toBe(0);
    expect(await second.child.stderr.text()).toBe("");
  });
});

test("--help lists the settings, --version the version", async () => {
  const help = await outcome({}, "--help");
  expect([help.code, help.err]).toEqual([0, ""]);
  expect(help.out).toContain("DATABASE_URL");
  expect(await outcome({}, "--version")).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
});

testOnPostgres(
  "nodes that start at once on one empty database all come up, and a ticket of one works on another",
  async () => {
    const DATABASE_URL = await createPostgres();
    const nodes = await Promise.all([1, 2, 3].map(() => startProcess({ DATABASE_URL })));
    const args = "uname=somebody&pwd=correct&gender=1&language=1&occup=x&user_type=1";
    const registered = await fetch(`${nodes[0]!.url}/register?${args}`, { redirect: "manual" });
    const login = await fetch(nodes[1]!.url + registered.headers.get("location"));
    expect(await login.json()).toMatchObject({ Success: true, Result: { uname: "somebody" } });
    for (const { child } of nodes) child.kill("SIGINT");
    expect(await Promise.all(nodes.map(({ child }) => child.exited))).toEqual([0, 0, 0]);
  },
);
