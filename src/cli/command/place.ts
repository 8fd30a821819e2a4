/** Which database a command works on. */
import type { Place } from "../../store/backup/backup.ts";
import { WrongArguments } from "./command.ts";

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
