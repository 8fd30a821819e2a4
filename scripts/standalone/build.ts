/** `bun run build`: the program as one file for this platform or others, in dist/. */
import { join } from "node:path";
import { askedOf } from "../../src/cli/command/command.ts";
import { VERSION } from "../../src/version.ts";
import { embedFiles } from "./embed.ts";
import { CannotBuild, TARGETS, type Target, targetsOf, withNativeFiles } from "./targets.ts";

const HELP = `Builds Polyge as one file that needs nothing else.

  bun run build [--target T] [--out DIR]

  --target T   of ${TARGETS.join(", ")}, several with commas, or all; default: this machine's
  --out DIR    where the files go; default: dist
  --help       this

Exit codes: 0 built, 1 not so, 2 wrong arguments.
`;

const OPTIONS = { target: { type: "string" }, out: { type: "string", default: "dist" } } as const;
const asked = askedOf("build", HELP, { options: OPTIONS }, ({ values }) => values);

const commit = Bun.spawnSync(["git", "rev-parse", "HEAD"]).stdout.toString().trim();

async function build(target: Target, argon2: string): Promise<void> {
  const outfile = join(asked.out, `polyge-${VERSION}-${target}${target.startsWith("windows") ? ".exe" : ""}`);
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
  const targets = targetsOf(asked.target);
  await withNativeFiles(targets, async (argon2Of) => {
    for (const target of targets) await build(target, argon2Of(target));
  });
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  console.error(`build: ${error.message}`);
  process.exit(1);
}
