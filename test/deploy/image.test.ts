/** No container engine: what the image would hold is put together in a folder, and started as the image would start it. */
import { afterAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnServer, untilListening } from "../support/processes.ts";
import { ADMIN_TOKEN, allowForStarts } from "../support/services.ts";
import { dockerfile, type Instruction, imageEnvironment, ROOT, read } from "./files.ts";

allowForStarts();

const folder = mkdtempSync(join(tmpdir(), "polyge-image-"));
let server: ReturnType<typeof spawnServer> | undefined;
afterAll(async () => {
  server?.kill("SIGKILL");
  await server?.exited;
  rmSync(folder, { recursive: true, force: true });
});

const [build, image] = dockerfile() as [Instruction[], Instruction[]];
const APP = "/app";

/** Copies what a stage copies out of the checkout. @returns the sources */
function copyInto(app: string, stage: readonly Instruction[]): string[] {
  mkdirSync(app, { recursive: true });
  const copies = stage.filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from"));
  return copies.flatMap(({ rest }) => {
    const sources = rest.split(" ");
    const target = sources.pop()!;
    for (const source of sources) {
      cpSync(join(ROOT, source), join(app, target.endsWith("/") ? source : target), { recursive: true });
    }
    return sources;
  });
}

const only = (name: string) => image.filter((each) => each.name === name).map(({ rest }) => rest);
/** The words of an instruction in exec form. */
const words = (text: string): string[] => JSON.parse(text.slice(text.indexOf("[")));
/** Bun is called by its name there. */
const command = (text: string) => words(text).map((word) => (word === "bun" ? process.execPath : word));

test("the image's files and command: starts, is healthy, writes to /data alone, and SIGTERM ends it with 0", async () => {
  const stage = join(folder, "build");
  const app = join(folder, "app");
  const sources = [...copyInto(stage, build), ...copyInto(app, image)];
  const kept = read(".dockerignore").split("\n");
  for (const source of sources) expect(kept).toContain(`!${source}`);

  const install = build.find(({ rest }) => rest.startsWith("bun install"))!.rest.split(" ");
  const installed = Bun.spawnSync([process.execPath, ...install.slice(1)], { cwd: stage });
  expect(installed.exitCode).toBe(0);
  expect(only("COPY")).toContain(`--from=build ${APP}/node_modules node_modules`);
  renameSync(join(stage, "node_modules"), join(app, "node_modules"));
  expect(existsSync(join(app, "node_modules/typescript"))).toBe(false);

  const before = readdirSync(app, { recursive: true });
  const data = join(folder, "data");
  const changes = { PORT: "0", DATA_DIR: data, GIT_COMMIT: "", ADMIN_TOKEN };
  server = spawnServer(command(only("CMD")[0]!), { ...imageEnvironment(), ...changes }, app);
  const { child, url } = await untilListening(server);
  expect(await (await fetch(`${url}/version`)).json()).toMatchObject({ rs: { commit: null } });
  expect((await fetch(`${url}/docs/swagger-ui.css`)).status).toBe(200);
  expect((await fetch(`${url}/status`)).status).toBe(200);
  // As docs/admin.md has it run in a container.
  const admin = Bun.spawn([process.execPath, "src/cli/admin/main.ts", "stats"], {
    cwd: app,
    env: { ADMIN_TOKEN, ADMIN_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await admin.stdout.text()).toStartWith("users ");

  const check = (port: string) =>
    Bun.spawn(command(only("HEALTHCHECK")[0]!), {
      cwd: app,
      env: { PORT: port },
      stdio: ["ignore", "ignore", "ignore"],
    });
  const { port } = new URL(url);
  expect(await check(port).exited).toBe(0);
  child.kill(only("STOPSIGNAL")[0] as "SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await check(port).exited).toBe(1);
  expect(readdirSync(app, { recursive: true })).toEqual(before);
  expect(readdirSync(data).length).toBeGreaterThan(0);
});

test("the image runs as a user by number who is not root, under an init", () => {
  expect(only("USER")).toEqual(["1000:1000"]);
  expect(only("ENTRYPOINT").map(words)).toEqual([["tini", "--"]]);
});
