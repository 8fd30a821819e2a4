import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { README, withSettings } from "../../docs/settings.ts";
import manifest from "../../package.json";
import { SETTINGS } from "../../src/config.ts";

const root = dirname(README);
const documents = [...new Glob("**/*.md").scanSync({ cwd: root })].filter((path) => !path.includes("node_modules"));
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("the README's settings are the settings", () => {
  expect(read("README.md")).toBe(withSettings(read("README.md")));
});

test("the Chinese README names every setting with its default", () => {
  const text = read("README.zh-CN.md");
  for (const [name, setting] of Object.entries<{ default?: string }>(SETTINGS)) {
    expect(text).toContain(
      setting.default === undefined ? `| \`${name}\` |` : `| \`${name}\` | \`${setting.default}\` |`,
    );
  }
});

describe.each(documents)("%s", (path) => {
  test("links to files lead somewhere", () => {
    const broken = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target]) => target!)
      .filter((target) => !existsSync(join(root, dirname(path), target)));
    expect(broken).toEqual([]);
  });

  test("names only scripts that there are, and the pinned Bun", () => {
    const text = read(path);
    const scripts = [...text.matchAll(/\bbun run (?:--silent )?([a-z][\w:]*)/g)].map(([, script]) => script!);
    expect(scripts.filter((script) => !(script in manifest.scripts))).toEqual([]);
    const versions = [...text.matchAll(/\bbun@(\d[\d.]*\d)/g)].map(([, version]) => version);
    expect(versions.filter((version) => version !== manifest.engines.bun)).toEqual([]);
  });
});
