/** A disk of one's own, small enough to be filled: a tmpfs. */
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Obstacle, withoutPrograms } from "../../support/needs.ts";
import { isRoot, run } from "./command.ts";

/** Why there can be none here; undefined: there can. */
export const noSmallDisk = (): Obstacle =>
  isRoot() ? (withoutPrograms("mount", "umount") ?? refusal()) : "needs root to mount a small disk";

function refusal(): Obstacle {
  try {
    new SmallDisk(1)[Symbol.dispose]();
    return undefined;
  } catch {
    return "this machine mounts no tmpfs";
  }
}

export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), "polyge-disk-"));
  readonly #ballast = join(this.path, "ballast");

  constructor(megabytes: number) {
    try {
      run(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "polyge-faults", this.path]);
    } catch (error) {
      rmdirSync(this.path);
      throw error;
    }
  }

  /** Bytes that are left. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all that is left but `spare` bytes. */
  fill(spare = 0): void {
    const left = this.free - spare;
    try {
      if (left > 0) writeFileSync(this.#ballast, Buffer.alloc(left), { flag: "a" });
    } catch (error) {
      // Somebody else took the last of it.
      if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
    }
  }

  /** Gives it back. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  [Symbol.dispose](): void {
    run(["umount", this.path]);
    rmdirSync(this.path);
  }
}
