/** Rows as text. */
import type { Row } from "./ledger.ts";

export const HEADINGS = [
  "scenario",
  "database",
  "sent",
  "acked",
  "received",
  "repeated",
  "out of order",
  "lost among the acked",
  "seconds",
];

const cellsOf = (row: Row): string[] => [
  row.scenario,
  row.database,
  ...[row.sent, row.acked, row.received, row.repeated, row.outOfOrder, row.lost].map(String),
  row.seconds.toFixed(1),
];

/** One row; below it, indented, what else there is to say. */
export const lineOf = (row: Row): string =>
  [
    cellsOf(row).join(" | "),
    ...row.notes.map((note) => `    ${note}`),
    ...row.wrong.map((wrong) => `    WRONG: ${wrong}`),
  ].join("\n");

/** All rows, in columns. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | "))
    .join("\n");
}
