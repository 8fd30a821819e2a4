/** The report as text. */
import type { Result } from "../result.ts";
import { type Row, type Table, tablesOf, verdictOf } from "./tables.ts";

export function textOf(result: Result): string {
  const { scenario, target, findings } = result;
  const where = target.own ? "a server of its own" : target.urls.join(", ");
  return [
    `${scenario} · ${where}`,
    ...tablesOf(result).map(tableText),
    [...findings.map((finding) => `! ${finding}`), verdictOf(result)].join("\n"),
  ].join("\n\n");
}

function tableText({ title, heading, rows }: Table): string {
  const all: readonly Row[] = heading ? [heading, ...rows] : rows;
  const isText = heading === undefined;
  const columns = Math.max(...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const flushLeft = (column: number) => isText || (column === 0 && heading?.[0] === "");
  const lines = all.map((row) =>
    row.map((cell, column) => (flushLeft(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))),
  );
  return [title, ...lines.map((cells) => `  ${cells.join("  ").trimEnd()}`)].join("\n");
}
