/**
 * One process per data folder. PGlite takes no lock of its own, and two of them on one folder destroy it.
 *
 * The lock is SQLite's, on an empty database beside the files: the kernel drops it the moment that the process ends,
 * also after `kill -9`, so there is no stale lock to detect and no race between two that detect one.
 */
import { Database } from "bun:sqlite";
import { join } from "node:path";

export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder.
 * @returns undefined where another process, or another part of this one, has it
 * @throws SQLite's error where the folder cannot be written
 */
export function lockFolder(directory: string): FolderLock | undefined {
  const file = new Database(join(directory, "lock"));
  try {
    file.run("PRAGMA locking_mode = EXCLUSIVE");
    file.run("BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if ((error as { code?: unknown }).code === "SQLITE_BUSY") return undefined;
    throw error;
  }
  return { release: () => file.close() };
}
