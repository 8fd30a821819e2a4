/** `bun run build`: the program as one file for this platform or others, in dist/. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../../src/version.ts";
import { embedFiles } from "./embed.ts";
import { CannotBuild, type Target, targetsOf, withNativeFiles } from "./targets.ts";

const { values } = parseArgs({
  options: {
    /** linux-x64, linux-arm64, darwin-arm64, darwin-x64, windows-x64, several with commas, or all; default: this machine's. */
    target: { type: "string" },
    out: { type: "string", default: "dist" },
  },
});

const commit = Bun.spawnSync(["git", "rev-parse", "HEAD"]).stdout.toString().trim();

async function build(target: Target, argon2: string): Promise<void> {
  const outfile = join(values.out, `polyge-${VERSION}-${target}${target.startsWith("windows") ? ".exe" : ""}`);
  const { success, logs } = await Bun.build({
    entrypoints: ["scripts/standalone/program.ts", "src/watchdog.ts"],
    compile: { outfile, target: `bun-${target}` },
    define: { COMMIT: JSON.stringify(commit) },
    plugins: [await embedFiles(argon2)],
    throw: false,
  });
  if (!success) throw new CannotBuild(`${target}: ${logs.join("\n")}`);
  console.log(`${outfile}: ${(Bun.file(outfile).size / 2 ** 20).toFixed(0)} MiB`);
}

try {
  const targets = targetsOf(values.target);
  await withNativeFiles(targets, async (argon2Of) => {
    for (const target of targets) await build(target, argon2Of(target));
  });
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  console.error(`build: ${error.message}`);
  process.exit(1);
}
