/**
 * A backup that the server of an embedded database makes of it, for it has the only hand on the files. Written to disk
 * first: while the database is read, whatever else needs it waits, and nobody should wait for a slow network.
 */
import { createReadStream, rmSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Database } from "../database.ts";
import { requireSpace } from "../disk-space.ts";
import { dumpTo } from "./backup.ts";
import { partial, writeFileWhole } from "./file.ts";

/** Its name in the database's folder, which one process has to itself. */
const NAME = ".backup-under-way.gz";
/** More than any database that fits one process takes to read. */
const LIMIT_MS = 3_600_000;

export interface Spooled {
  readonly bytes: number;
  readonly stream: Readable;
}

export class Spool {
  readonly #database: Database;
  readonly #folder: string;
  readonly #path: string;
  #busy = false;

  /**
   * Deletes what a server that was killed has left of a backup.
   * @param folder the database's own; one that is no folder (`memory://`) stands for the system's temporary one
   */
  constructor(database: Database, folder: string) {
    this.#database = database;
    const isShared = folder.includes("://");
    this.#folder = isShared ? tmpdir() : folder;
    this.#path = join(this.#folder, isShared ? `polyge-backup-${process.pid}.gz` : NAME);
    if (!this.isHere) return;
    for (const left of [this.#path, partial(this.#path)]) rmSync(left, { force: true });
  }

  /** False for PostgreSQL, which one backs up from wherever it can be reached. */
  get isHere(): boolean {
    return this.#database.kind === "pglite";
  }

  /** @returns "busy" while another is being written. @throws StoreUnavailable where the disk is too full, too */
  async take(): Promise<Spooled | "busy"> {
    if (this.#busy) return "busy";
    this.#busy = true;
    const path = this.#path;
    try {
      await mkdir(this.#folder, { recursive: true });
      // It may not take the space that the database needs.
      const check = () => requireSpace(this.#folder);
      await writeFileWhole(path, (sink) =>
        this.#database.run((db) => dumpTo(db, sink, check), { what: "backup", limitMs: LIMIT_MS }),
      );
      const { size: bytes } = await stat(path);
      const stream = createReadStream(path);
      await new Promise((resolve, reject) => stream.once("open", resolve).once("error", reject));
      return { bytes, stream };
    } finally {
      // What is open can be read to its end all the same.
      await rm(path, { force: true }).catch(() => {});
      this.#busy = false;
    }
  }
}
