import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Threat {
  readonly threat: string;
  /** File and name. */
  readonly tests: readonly (readonly [string, string])[];
}

/** The rows of the tables of threats. */
function threats(page: string): Threat[] {
  const rows = [...read(page).matchAll(/^\| ([^|]+) \| [^|]+ \| (`test\/[^|]+) \|$/gm)];
  return rows.map(([, threat, cell]) => ({
    threat: threat!,
    tests: [...cell!.matchAll(/`([^`]+)` ((?:“[^”]+”(?:, )?)+)/g)].flatMap(([, file, names]) =>
      [...names!.matchAll(/“([^”]+)”/g)].map(([, name]) => [file!, name!] as const),
    ),
  }));
}

test("every test that docs/security.md names for a threat is there", () => {
  const all = threats("docs/security.md");
  expect(all.length).toBe(read("docs/security.md").match(/^\| .*`test\//gm)!.length);
  expect(all.filter(({ tests }) => tests.length === 0)).toEqual([]);
  const missing = all
    .flatMap(({ tests }) => tests)
    .filter(([file, name]) => !existsSync(join(root, file)) || !titlesOf(read(file)).has(name));
  expect(missing).toEqual([]);
});

test("the Chinese page has the same threats with the same tests", () => {
  const tests = (page: string) => threats(page).map((each) => each.tests);
  expect(tests("docs/security.zh-CN.md")).toEqual(tests("docs/security.md"));
});

/** What stands where a test or a suite has its name. */
const titlesOf = (source: string): Set<string> =>
  new Set([...source.matchAll(/\(\s*(?:NO_\w+,\s*)?(["`])((?:(?!\1).)+)\1\s*,/g)].map(([, , title]) => title!));
