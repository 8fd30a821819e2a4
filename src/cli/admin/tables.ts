/** Answers as text for people. */

/** Parsed JSON of an answer: the commands know its shape. */
// biome-ignore lint/suspicious/noExplicitAny: each command takes apart what its own call answers
export type Answer = any;

export const say = (line: string): string => `${line}\n`;

/**
 * Columns as wide as their widest cell, numbers to the right. A name may hold what a terminal takes for a command, so
 * controls are shown as `?`.
 * @param rows objects with a head of their keys, or pairs without one
 */
export function table(rows: readonly Answer[], columns?: readonly string[]): string {
  if (rows.length === 0) return "none\n";
  const body = rows.map((row) => (columns ? columns.map((name) => cell(row[name])) : row.map(cell)));
  const lines: string[][] = columns ? [columns.map(heading), ...body] : body;
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => Bun.stringWidth(line[at]!))));
  const right = lines[0]!.map((_, at) => columns !== undefined && body.every((line) => /^[\d.]*$/.test(line[at]!)));
  const lineOf = (line: readonly string[]) =>
    line
      .map((text, at) => padded(text, widths[at]!, right[at]!))
      .join("  ")
      .trimEnd();
  return lines.map((line) => say(lineOf(line))).join("");
}

const padded = (text: string, width: number, right: boolean) => {
  const space = " ".repeat(width - Bun.stringWidth(text));
  return right ? space + text : text + space;
};

/** `openSeconds`: `OPEN SECONDS`. */
const heading = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toUpperCase();

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return cell(entriesOf(value));
  const text = String(value);
  if (INSTANT.test(text)) return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}

const entriesOf = (value: object) =>
  Object.entries(value)
    .map(([name, each]) => `${name}=${each}`)
    .join(" ");
