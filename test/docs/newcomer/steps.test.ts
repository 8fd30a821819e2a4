/** That `bun run test:newcomer` types what there is on the pages. */
import { expect, test } from "bun:test";
import { commandsOf, PAGES, textOf } from "../pages.ts";
import { STEPS } from "./steps.ts";

/** What somebody can type, in its prose and its tables as well. */
const typedOn = (text: string): string[] => [
  ...commandsOf(text),
  ...[
    ...text
      .replaceAll(/```[\s\S]*?```/g, "")
      .replaceAll(/\s*\n\s*/g, " ")
      .matchAll(/`([^`]+)`/g),
  ].map(([, inline]) => inline!),
];
const typed = STEPS.map(({ command }) => command);

test("every command of the README is typed", () => {
  const commands = typedOn(textOf("README.md")).filter((text) => /\bbun(@\S+)? (run|test|examples)/.test(text));
  expect(commands.length).toBeGreaterThan(20);
  // One may be named without its arguments.
  expect(commands.filter((command) => !typed.some((each) => `${each} `.startsWith(`${command} `)))).toEqual([]);
});

test("nothing is typed that is on no page", () => {
  const pages = PAGES.flatMap((path) => typedOn(textOf(path)));
  expect(typed.filter((command) => !pages.includes(command))).toEqual([]);
});
