/** That a run of `bun run test:newcomer` that types some commands leaves the rows of all others. */
import { expect, test } from "bun:test";
import { textOf } from "../pages.ts";
import { STEPS } from "./steps.ts";
import { partsOf, stepOf, TABLED, withRows } from "./table.ts";

const text = textOf("docs/benchmarks.md");
const { rows } = partsOf(text);
const SOAK = STEPS.findIndex(({ command }) => command === "bun run soak");
const FULL = "| `bun run soak` | 1830.0 s | 90.0 s | 155 MB | soak: good |";

test("every row of the pages is of a step", () => {
  const strangers = TABLED.flatMap((page) => partsOf(textOf(page)).rows).filter((row) => stepOf(row) === -1);
  expect(strangers).toEqual([]);
});

test("a run of nothing changes nothing", () => {
  for (const page of TABLED) expect(withRows(textOf(page), new Map())).toBe(textOf(page));
});

test("a command's row takes the place of its other form's, and all others stay", () => {
  const written = withRows(text, new Map([[SOAK, FULL]]));
  expect(partsOf(written).rows).toEqual(rows.map((row) => (stepOf(row) === SOAK ? FULL : row)));
});

test("a command that had no row gets one where it is typed", () => {
  const others = rows.filter((row) => stepOf(row) !== SOAK);
  const without = text.replace(rows.join("\n"), others.join("\n"));
  const written = partsOf(withRows(without, new Map([[SOAK, FULL]]))).rows;
  expect(written.map(stepOf)).toEqual(rows.map(stepOf));
});
