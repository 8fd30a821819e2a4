/** The first change that CONTRIBUTING.md works through: its places are there, and both languages have the same one. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const blocks = (text: string) => [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block!);
const english = read("CONTRIBUTING.md");

test("both languages work through the same change, with the same commands", () => {
  const chinese = read("CONTRIBUTING.zh-CN.md");
  expect(blocks(chinese)).toEqual(blocks(english));
  const commands = (text: string) =>
    [...text.matchAll(/^bun (?:test|run|install)[^\n#]*/gm)].map(([line]) => line.trim());
  expect(commands(chinese)).toEqual(commands(english));
});

test("the change still fits where it is said to go", () => {
  expect(read("src/http/state.ts")).toContain('path: "/version"');
  expect(read("src/http/state.ts")).toContain("const nothing = z.object({})");
  expect(read("test/http/edges.test.ts")).toContain('test("/metrics');
  expect(read("test/http/edges.test.ts")).toContain("clientOf(kind)");
});

test("every folder and file that it names is there", () => {
  const named = [...english.matchAll(/`((?:src|test|docs|scripts)\/[\w./-]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
