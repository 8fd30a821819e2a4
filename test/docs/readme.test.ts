import { expect, test } from "bun:test";
import { withSettings } from "../../docs/settings.ts";
import manifest from "../../package.json";
import catalogues from "../../scripts/catalogues/package.json";
import { SETTINGS } from "../../src/config.ts";
import { textOf } from "./pages.ts";

/** Types of a package that has its own row. */
const OF_ANOTHER = /^@types\//;

test("the README's settings are the settings", () => {
  expect(textOf("README.md")).toBe(withSettings(textOf("README.md")));
});

test("the Chinese README names every setting with its default", () => {
  const text = textOf("README.zh-CN.md");
  for (const [name, setting] of Object.entries<{ default?: string }>(SETTINGS)) {
    expect(text).toContain(
      setting.default === undefined ? `| \`${name}\` |` : `| \`${name}\` | \`${setting.default}\` |`,
    );
  }
});

test("docs/design.md says of every dependency why it is there, and of none besides", () => {
  const section = textOf("docs/design.md").split("\n## Dependencies\n")[1]!.split("\n## ")[0]!;
  const rows = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, names]) => names!);
  const named = rows.flatMap((names) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  // A row may give a scope once.
  const isSame = (name: string, short: string) => [short, `@opentelemetry/${short}`].includes(name);
  const here = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const all = [...here, ...Object.keys(catalogues.dependencies)].filter((name) => !OF_ANOTHER.test(name));
  expect(all.filter((name) => !named.some((short) => isSame(name, short)))).toEqual([]);
  expect(named.filter((short) => !all.some((name) => isSame(name, short)))).toEqual([]);
});
