import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "../..");
/** A call of the log: its level, perhaps an object, and the message; or the name of a constant that holds it. */
const CALL =
  /\blog\.(info|warn|error|debug|fatal|trace)\(\s*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},\s*)?(?:"([^"]+)"|([A-Z_]+)|(`))/gi;

test("docs/logs.md and its Chinese version have every line that the service can log, with its level, and none besides", async () => {
  const logged = new Set<string>();
  for (const path of new Glob("**/*.ts").scanSync(join(ROOT, "src"))) {
    if (path.startsWith("cli/") || path.startsWith("web/")) continue;
    const text = await Bun.file(join(ROOT, "src", path)).text();
    const calls = [...text.matchAll(CALL)];
    expect([path, calls.length]).toEqual([
      path,
      [...text.matchAll(/\blog\.(?:info|warn|error|debug|fatal|trace)\(/gi)].length,
    ]);
    for (const [, level, message, constant, template] of calls) {
      expect([path, template]).toEqual([path, undefined]);
      const said = message ?? new RegExp(`const ${constant} = "([^"]+)"`).exec(text)![1];
      logged.add(`${level} ${said}`);
    }
  }
  for (const page of ["docs/logs.md", "docs/logs.zh-CN.md"]) {
    const text = await Bun.file(join(ROOT, page)).text();
    const listed = [...text.matchAll(/^\| (\w+) \| `([^`]+)` \|/gm)].map(([, level, message]) => `${level} ${message}`);
    expect([page, listed.toSorted()]).toEqual([page, [...logged].sort()]);
  }
});
