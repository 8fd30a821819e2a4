/** What `npm pack` runs first: makes what the package holds beside the sources. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "../..");
const TYPES = join(ROOT, "dist/types");

/** @returns what it printed. @throws Error where it fails: npm then packs nothing */
function run(...command: string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync(command, { cwd: ROOT });
  if (!success) throw new Error(`${command.join(" ")}: ${stdout}${stderr}`);
  return stdout.toString();
}

mkdirSync(join(ROOT, "dist"), { recursive: true });
rmSync(TYPES, { recursive: true, force: true });
run(process.execPath, "run", "--silent", "build:client");
run(process.execPath, "x", "tsc", "-p", join(import.meta.dir, "tsconfig.json"));
// Only a compiler that was told so takes imports that end in .ts.
for (const path of new Glob("**/*.d.ts").scanSync({ cwd: TYPES, absolute: true })) {
  writeFileSync(path, readFileSync(path, "utf8").replace(/(\bfrom "\.[^"]+)\.ts"/g, '$1.js"'));
}
writeFileSync(join(ROOT, "dist/commit"), run("git", "rev-parse", "HEAD").trim());
