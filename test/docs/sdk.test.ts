/** docs/sdk.md and the README's tutorial, run as they stand. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../../package.json";
import { startProcess } from "../support/processes.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();
const ROOT = join(import.meta.dir, "../..");
const blocks = (path: string, language: string): string[] =>
  [...readFileSync(join(ROOT, path), "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, block]) => block!,
  );

const tutorialOf = (path: string) => blocks(path, "sh").filter((block) => block.includes("examples/"));

test("the Chinese pages have the same programs", () => {
  for (const language of ["ts", "js", "text"]) {
    expect(blocks("docs/sdk.zh-CN.md", language)).toEqual(blocks("docs/sdk.md", language));
  }
  expect(tutorialOf("README.zh-CN.md")).toEqual(tutorialOf("README.md"));
});

test("docs/sdk.md: the program prints what it says", async () => {
  const path = "docs/sdk.md";
  const { child, url } = await startProcess({});
  const folder = mkdtempSync(join(tmpdir(), "polyge-docs-"));
  const file = join(folder, "example.ts");
  const program = blocks(path, "ts").join("\n");
  await Bun.write(
    file,
    program
      .replace("polyge/client", join(ROOT, manifest.exports["./client"].bun))
      .replace("http://localhost:8080", url),
  );
  const run = Bun.spawn([process.execPath, file], { stdio: ["ignore", "pipe", "inherit"] });
  expect(await run.stdout.text()).toBe(blocks(path, "text").join(""));
  expect(await run.exited).toBe(0);
  rmSync(folder, { recursive: true });
  child.kill();
  await child.exited;
});

test("README.md: the tutorial works as pasted", async () => {
  const { child, url } = await startProcess({});
  const shell = Bun.spawn(["sh", "-ec", tutorialOf("README.md").join("\n")], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", POLYGE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
    // Listening ends by Ctrl-C, which goes to the whole group.
    detached: true,
  });
  let out = "";
  for await (const chunk of shell.stdout) {
    out += Buffer.from(chunk).toString();
    if (out.includes("你好, Ana\n")) break;
  }
  process.kill(-shell.pid, "SIGINT");
  await shell.exited;
  expect(out).toBe("stored\nuser 1 listens\nfrom user 2: 你好, Ana\n");
  child.kill();
  await child.exited;
});
