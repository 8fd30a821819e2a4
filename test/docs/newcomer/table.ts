/** The table of what a newcomer typed, as the pages have it: a row for each step, in their order. */
import { STEPS, typedFor } from "./steps.ts";

export const TABLED = ["docs/benchmarks.md", "docs/benchmarks.zh-CN.md"];
const [BEGIN, END] = ["<!-- newcomer -->\n", "<!-- /newcomer -->"];

/** A page's text before the table's rows, those, and what follows. */
export function partsOf(text: string) {
  const [before, rest] = text.split(BEGIN);
  const [table, after] = rest!.split(END);
  const lines = table!.trimEnd().split("\n");
  return {
    before: `${before}${BEGIN}${lines.slice(0, 2).join("\n")}\n`,
    rows: lines.slice(2),
    after: `${END}${after}`,
  };
}

/** The number of the step that a row is of, short or full; -1: of none that there is. */
export const stepOf = (row: string): number =>
  STEPS.findIndex((step) => [true, false].some((full) => row.startsWith(`| \`${typedFor(step, full)}\` |`)));

/** A page's text with rows in the place of those of the same steps. @param fresh by the step's number */
export function withRows(text: string, fresh: ReadonlyMap<number, string>): string {
  const { before, rows, after } = partsOf(text);
  const all = new Map([...rows.map((row) => [stepOf(row), row] as const), ...fresh]);
  return `${before}${STEPS.flatMap((_, number) => all.get(number) ?? []).join("\n")}\n${after}`;
}
