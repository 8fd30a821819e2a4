import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import manifest from "../../package.json";
import { SCENARIOS } from "../faults/scenarios/all.ts";
import { anchorsOf, blocksOf, commandsOf, linksOf, PAGES, ROOT, textOf } from "./pages.ts";

/** What is wrong with a link on a page; undefined: nothing. */
function wrongWith(page: string, link: string): string | undefined {
  if (/^https?:/.test(link)) {
    const { protocol, hostname } = new URL(link);
    const here = ["localhost", "127.0.0.1"].includes(hostname);
    return here || (protocol === "https:" && hostname.includes(".")) ? undefined : `${link}: neither https nor here`;
  }
  const [path, anchor] = link.split("#");
  const target = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), decodeURI(path!)));
  if (!existsSync(join(ROOT, target))) return `${link}: no such file`;
  if (anchor === undefined) return undefined;
  return target.endsWith(".md") && anchorsOf(textOf(target)).has(decodeURIComponent(anchor))
    ? undefined
    : `${link}: no such heading`;
}

test("a missing file, a missing heading and a plain http address are found", () => {
  expect(wrongWith("README.md", "docs/nowhere.md")).toEndWith("no such file");
  expect(wrongWith("README.md", "docs/data.md#nowhere")).toEndWith("no such heading");
  expect(wrongWith("README.md", "http://example.com/")).toEndWith("neither https nor here");
  expect(wrongWith("docs/data.md", "../README.zh-CN.md#设置")).toBeUndefined();
});

describe.each(PAGES.map((path) => [path] as const))("%s", (path) => {
  const text = textOf(path);

  test("links lead somewhere, to the heading", () => {
    expect(
      linksOf(text)
        .map((link) => wrongWith(path, link))
        .filter((wrong) => wrong !== undefined),
    ).toEqual([]);
  });

  test("names only scripts, test files and fault scenarios that there are, and the pinned Bun", () => {
    const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!);
    const wrong = [
      ...named(/\bbun run (?:--silent )?([a-z][\w:]*)/g).filter((script) => !(script in manifest.scripts)),
      ...named(/\bbun test ((?:test\/[\w./-]+\s*)+)/g)
        .flatMap((paths) => paths.trim().split(/\s+/))
        .filter((each) => !existsSync(join(ROOT, each))),
      ...named(/\bbun run test:faults\s+"([^"]+)"/g).filter(
        (name) => !SCENARIOS.some((each) => each.name.includes(name)),
      ),
      ...named(/\bbun@(\d[\d.]*\d)/g).filter((version) => version !== manifest.engines.bun),
    ];
    expect(wrong).toEqual([]);
  });
});

describe.each(PAGES.filter((path) => path.endsWith(".zh-CN.md")).map((path) => [path] as const))("%s", (path) => {
  const english = path.replace(".zh-CN", "");

  test("has the commands and the programs of the English page, and its headings", () => {
    const programs = (text: string) => blocksOf(text).filter(({ language }) => ["ts", "js", "sql"].includes(language));
    const depths = (text: string) => [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+/gm)].map(String);
    expect(commandsOf(textOf(path))).toEqual(commandsOf(textOf(english)));
    expect(programs(textOf(path))).toEqual(programs(textOf(english)));
    expect(depths(textOf(path))).toEqual(depths(textOf(english)));
  });
});
