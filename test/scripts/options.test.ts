/** The options of the scripts in package.json that take some: asked for, and mistyped. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../../package.json";

const ROOT = join(import.meta.dir, "../..");
const SCRIPTS = [
  ...["bench", "bench:history", "bench:calls", "bench:cluster", "bench:compare", "bench:draw", "load:twice"],
  ...["build", "release", "soak", "test:fuzz", "test:faults", "test:abuse", "test:newcomer"],
] as const;

async function run(script: (typeof SCRIPTS)[number], word: string) {
  const file = manifest.scripts[script].match(/bun (\S+\.ts)$/)![1]!;
  const child = Bun.spawn([process.execPath, file, word], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [said, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { said, errors, code };
}

test.each(SCRIPTS)("%s --help says its options, and an unknown one is refused in a line", async (script) => {
  const help = await run(script, "--help");
  expect(help).toEqual({ code: 0, errors: "", said: expect.stringContaining(`bun run ${script}`) });
  const unknown = await run(script, "--nope");
  expect(unknown).toEqual({ code: 2, said: "", errors: `${script}: Unknown option '--nope'; see --help\n` });
});
