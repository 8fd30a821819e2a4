/**
 * What the store throws. Drizzle's own error carries the query's parameters in its message, so it never leaves this
 * folder: what does is one of these, whose messages name no value.
 */

/** The service cannot start; the message is one line for the operator. */
export class StartError extends Error {}

/** Another process has the embedded database. */
export class FolderInUse extends StartError {}

/** A backup that cannot be used: none, damaged, cut off, of a newer version. The message is one line for the operator. */
export class BadBackup extends Error {}

/** The database is away, too slow, or refuses work for now. The same call may succeed later: HTTP answers 503. */
export class StoreUnavailable extends Error {}

/** The database rejected a query: a bug of ours. HTTP answers 500. */
export class StoreRejected extends Error {
  constructor(
    readonly sqlstate: string,
    readonly constraint: string | undefined,
  ) {
    super(`the database rejected a query: SQLSTATE ${sqlstate}${constraint ? ` (${constraint})` : ""}`);
  }
}

/** Connection, resources, operator intervention, system error, still starting up, serialisation, read-only standby. */
const PASSING = /^(?:08|53|57|58|40|25006|F0)/;

/** The first error below Drizzle's wrappers. */
export function rootCause(error: unknown): { code?: string; message?: string; constraint_name?: string } {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (at instanceof AggregateError && at.errors.length > 0) at = at.errors[0];
  return typeof at === "object" && at !== null ? at : {};
}

/** SQLSTATE of PostgreSQL, or the code of a failed connection such as `ECONNREFUSED`; "" where there is neither. */
export const codeOf = (error: unknown): string => String(rootCause(error).code ?? "");

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** `EPERM` and its like have five letters too. */
const isSqlstate = (code: string) => SQLSTATE.test(code) && !/^E[A-Z]{4}$/.test(code);

/** Turns what a driver threw into one of ours. */
export function translate(error: unknown): Error {
  if (error instanceof StoreUnavailable || error instanceof StoreRejected) return error;
  const code = codeOf(error);
  if (!isSqlstate(code)) {
    if (code === "" && !isConnectionTrouble(error))
      return error instanceof Error ? withoutParameters(error) : new Error("unknown failure");
    return new StoreUnavailable(`the database cannot be reached: ${code || "connection lost"}`);
  }
  if (PASSING.test(code)) return new StoreUnavailable(`the database cannot answer now: SQLSTATE ${code}`);
  return new StoreRejected(code, rootCause(error).constraint_name);
}

/** PGlite after `close()` and a crashed instance have no code. */
const isConnectionTrouble = (error: unknown) => /closed|closing|Aborted/i.test(rootCause(error).message ?? "");

/** A bug in the calling code keeps its stack but not a message that might quote values. */
function withoutParameters(error: Error): Error {
  if (error.name !== "DrizzleQueryError" && !error.message.startsWith("Failed query")) return error;
  const bare = new StoreRejected("unknown", undefined);
  bare.stack = `StoreRejected: ${bare.message}\n${(error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n")}`;
  return bare;
}
