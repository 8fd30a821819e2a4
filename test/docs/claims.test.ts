/** What a page claims stands beside the command that shows it: each section names one, or says here why it has none. */
import { expect, test } from "bun:test";
import { PAGES, textOf } from "./pages.ts";

/** Pages whose sections claim nothing of the service's, and those that a command writes, which names itself. */
const NOT_ASKED = /\.zh-CN\.md$|^(CHANGELOG|SECURITY|bench\/RESULTS|docs\/(README|metrics|queries))\.md$/;

/** Sections without a command, and why. */
const WITHOUT: Record<string, string> = {
  "CONTRIBUTING.md How long it takes": "of the commands above it",
  "docs/deployment.md Kubernetes": "the last section says what was checked",
  "docs/design.md What was left alone": "what is not done",
  "docs/scaling.md Modelled: what follows for more users": "arithmetic, and says so",
  "docs/security.md What this does not do": "what is not done",
  "docs/security.md Scanners": "other programs' command lines stand in the table",
  "docs/tutorial.md Where to go on": "links",
  "ops/README.md The first five minutes": "advice",
  "src/delivery/README.md": "its head names the tests of all that follows",
  "src/delivery/cluster/README.md": "its head names the tests of all that follows",
};

const COMMAND = /\bbun (run|test|install) |\bnpx -y bun@/;

/** The sections below a page's title. */
function sectionsOf(path: string): { readonly name: string; readonly text: string }[] {
  const [, ...sections] = textOf(path).split(/^## /m);
  return sections.map((section) => ({ name: `${path} ${section.split("\n", 1)[0]!}`, text: section }));
}

const bare = PAGES.filter((path) => !NOT_ASKED.test(path))
  .flatMap((path) => (path in WITHOUT && COMMAND.test(textOf(path)) ? [] : sectionsOf(path)))
  .filter(({ text }) => !COMMAND.test(text))
  .map(({ name }) => name);

test("every section names a command that shows what it claims, or has a reason why not", () => {
  expect(bare.filter((name) => !(name in WITHOUT))).toEqual([]);
});

test("no reason is left of a section that has gone", () => {
  expect(Object.keys(WITHOUT).filter((name) => !bare.includes(name) && !PAGES.includes(name))).toEqual([]);
});
