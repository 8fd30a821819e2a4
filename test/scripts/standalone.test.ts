/** The program in one file, built as `bun run build` does, and run where there is nothing else. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json";
import { Client } from "../support/client.ts";
import { Peer } from "../support/peer.ts";
import { untilListening } from "../support/processes.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();

const ROOT = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "polyge-standalone-"));
const temporary = join(folder, "tmp");
const home = join(folder, "home");
let program = "";
let server: ReturnType<typeof run> | undefined;
afterAll(async () => {
  server?.kill("SIGKILL");
  await server?.exited;
  rmSync(folder, { recursive: true, force: true });
});

const build = (...words: string[]) => ({
  with: (changes: Record<string, string>) =>
    Bun.spawnSync([process.execPath, "scripts/standalone/build.ts", "--out", join(folder, "built"), ...words], {
      cwd: ROOT,
      env: { ...process.env, ...changes },
    }),
});
/** Nothing of this machine's environment is given, not even a PATH. */
const run = (...words: string[]) =>
  Bun.spawn([program, ...words], {
    cwd: home,
    env: { HOST: "127.0.0.1", PORT: "0", TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });

beforeAll(() => {
  for (const path of [temporary, home]) mkdirSync(path);
  const { stderr, exitCode } = build().with({});
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  program = join(folder, "built", readdirSync(join(folder, "built"))[0]!);
});

test("alone in an empty folder it serves pages, calls and frames, and leaves nothing but its data", async () => {
  server = run();
  const { child, url } = await untilListening(server);
  const client = new Client(url);
  const head = Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd: ROOT }).stdout.toString().trim();
  expect((await client.get("/version")).body.rs).toEqual({ name: "polyge", version: manifest.version, commit: head });
  for (const path of ["/", "/docs", "/docs/swagger-ui.css", "/status", "/resources/languages_cn.json"]) {
    expect([path, (await client.get(path)).status]).toEqual([path, 200]);
  }
  const parts = [...(await client.get("/")).body.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css)[^"]*)"/g)];
  for (const [, path] of parts) expect([path, (await client.get(path)).status]).toEqual([path, 200]);
  expect(parts.length).toBeGreaterThanOrEqual(3);

  const [ana, ben] = [await client.join(), await client.join()];
  const [from, to] = [await Peer.open(url, ana), await Peer.open(url, ben)];
  from.send(ben.uid, { data: "你好" });
  expect(await to.data(1)).toEqual(["你好"]);

  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await child.stderr.text()).toBe("");
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(home)).toEqual(["data"]);
});

test("the tools are in it, each under its word", async () => {
  for (const [word, what] of [
    ["admin", "Administers a running"],
    ["backup", "Backs up a service's database"],
    ["restore", "Puts a backup into"],
    ["chat", "Talks to people"],
  ] as const) {
    const tool = run(word, "--help");
    expect(await tool.stdout.text()).toStartWith(what);
    expect([word, await tool.exited]).toEqual([word, 0]);
  }
});

test("what cannot be built says why in one line, and leaves no program that would fail at its user's", () => {
  const other = process.arch === "arm64" ? "linux-x64" : "linux-arm64";
  const nowhere = { BUN_CONFIG_REGISTRY: "http://127.0.0.1:9", BUN_INSTALL_CACHE_DIR: join(folder, "cache") };
  const before = readdirSync(join(folder, "built"));
  const away = build("--target", other).with(nowhere);
  expect(away.stderr.toString()).toMatch(new RegExp(`^build: cannot fetch what ${other} needs: .+\n$`));
  expect(away.exitCode).toBe(1);
  const unknown = build("--target", "beos-x64").with({});
  expect(unknown.stderr.toString()).toMatch(
    /^build: no target is called "beos-x64"; there are linux-x64, .+ and all\n$/,
  );
  expect(unknown.exitCode).toBe(1);
  expect(readdirSync(join(folder, "built"))).toEqual(before);
});
