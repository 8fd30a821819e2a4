/** What this program is: from package.json, and from git where it runs in a checkout. */
import manifest from "../package.json" with { type: "json" };
import type { Version } from "./http/state.ts";

export const { name: NAME, version: VERSION } = manifest;

/** @param commit told at build, for an image without git; undefined or empty: ask git; null where nobody knows */
export const describeVersion = (commit: string | undefined): Version => ({
  name: NAME,
  version: VERSION,
  commit: commit || (commitOfCheckout() ?? null),
});

function commitOfCheckout(): string | undefined {
  try {
    const git = Bun.spawnSync(["git", "rev-parse", "HEAD"], { cwd: import.meta.dir, stderr: "ignore" });
    return git.success ? git.stdout.toString().trim() : undefined;
  } catch {
    return undefined;
  }
}
