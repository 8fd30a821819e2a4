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

test.each(["docs/sdk.md", "docs/sdk.zh-CN.md"])("%s: the program prints what it says", async (path) => {
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

test.each(["README.md", "README.zh-CN.md"])("%s: the tutorial works as pasted", async (path) => {
  const { child, url } = await startProcess({});
  const tutorial = blocks(path, "sh").filter((block) => block.includes("examples/"));
  const shell = Bun.spawn(["sh", "-ec", tutorial.join("\n")], {
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
