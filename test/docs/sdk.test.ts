/** docs/sdk.md's program, run as it stands. */
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

test("the Chinese page says what the program prints", () => {
  expect(blocks("docs/sdk.zh-CN.md", "text")).toEqual(blocks("docs/sdk.md", "text"));
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
