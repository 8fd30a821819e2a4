/** The platforms that the program in one file is built for, and what each needs that is not the same everywhere. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const HERE = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/** Bun's name of a platform, and that of `@node-rs/argon2`. glibc: under musl nothing of ours is tested. */
const NATIVE = {
  "linux-x64": "linux-x64-gnu",
  "linux-arm64": "linux-arm64-gnu",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "windows-x64": "win32-x64-msvc",
} as const;
export type Target = keyof typeof NATIVE;
export const TARGETS = Object.keys(NATIVE) as Target[];

/** Why something cannot be built, in one line. */
export class CannotBuild extends Error {}

/**
 * @param words names with commas, `all`, or nothing for this machine's own
 * @throws CannotBuild
 */
export function targetsOf(words = HERE): Target[] {
  if (words === "all") return TARGETS;
  return words.split(",").map((word) => {
    if (word in NATIVE) return word as Target;
    throw new CannotBuild(`no target is called ${JSON.stringify(word)}; there are ${TARGETS.join(", ")} and all`);
  });
}

/** Runs `build` with what finds a target's argon2: for other platforms than this one they are fetched, then thrown away. */
export async function withNativeFiles<T>(targets: readonly Target[], build: (fileOf: (target: Target) => string) => T) {
  if (targets.every((target) => target === HERE)) return await build((target) => nativeFile(ROOT, target));
  const folder = mkdtempSync(join(tmpdir(), "polyge-platforms-"));
  try {
    for (const name of ["package.json", "bun.lock", "bunfig.toml", "patches"]) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    // The lockfile has every platform's, with its sum.
    const install = ["install", "--frozen-lockfile", "--production", "--ignore-scripts", "--os=*", "--cpu=*"];
    const { success, stderr } = Bun.spawnSync([process.execPath, ...install], { cwd: folder });
    if (!success) {
      const reason = /^error: (.*)/m.exec(stderr.toString())?.[1] ?? "bun install failed";
      throw new CannotBuild(`cannot fetch what ${targets.join(", ")} needs: ${reason}`);
    }
    return await build((target) => nativeFile(folder, target));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Left to itself the bundler leaves out what it does not find, and the program fails where it is run. */
function nativeFile(folder: string, target: Target): string {
  const name = NATIVE[target];
  const path = join(folder, `node_modules/@node-rs/argon2-${name}/argon2.${name}.node`);
  if (!existsSync(path)) throw new CannotBuild(`${target}: @node-rs/argon2-${name} is not installed`);
  return path;
}
