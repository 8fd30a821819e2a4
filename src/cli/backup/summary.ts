/** What the two commands have in common: where the database is. */
import type { Place } from "../../store/backup/backup.ts";

export const FAILED = 1;
export const BAD_ARGUMENT = 2;

/** What is wrong with the arguments, in one line. */
export class WrongArguments extends Error {}

/** @throws WrongArguments */
export function placeOf(values: { database?: string | undefined; "data-dir"?: string | undefined }): Place {
  const { database, "data-dir": folder } = values;
  if (database !== undefined && folder !== undefined) {
    throw new WrongArguments("--database and --data-dir exclude each other");
  }
  if (database !== undefined && !/^postgres(ql)?:\/\//.test(database)) {
    throw new WrongArguments("--database takes postgres://…");
  }
  const url = folder === undefined ? (database ?? (process.env["DATABASE_URL"] || undefined)) : undefined;
  return { url, directory: folder ?? (process.env["DATA_DIR"] || "./data") };
}

/** The parser's message without its advice. */
export const inOneLine = (error: unknown): string => `${(error as Error).message.split(/\. |\n/, 1)[0]!}; see --help`;

export const summary = (rows: Readonly<Record<string, number>>): string =>
  Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${count} ${table}`)
    .join(", ") || "no rows";
