/**
 * Keeps the embedded database away from a full disk. PGlite that cannot extend its write-ahead log fails one query with
 * SQLSTATE 53100 and does not come back from the next: it loops for ever, in the thread that serves everybody. So it is
 * not asked while so little is left.
 */
import { statfsSync } from "node:fs";
import { StoreUnavailable } from "./failures.ts";

const MIB = 1024 * 1024;
/** Two segments of the log, and what the largest batch adds to tables and indexes. */
export const RESERVED_BYTES = 64 * MIB;

/** @throws StoreUnavailable where the folder's disk has less than the reserve left. Costs 2 µs on a local disk */
export function requireSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= RESERVED_BYTES) return;
  const [left, reserve] = [free, RESERVED_BYTES].map((bytes) => Math.floor(bytes / MIB));
  throw new StoreUnavailable(
    `DATA_DIR: ${left} MB left on its disk, the embedded database needs ${reserve} MB to write`,
  );
}
