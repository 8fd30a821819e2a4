/** `bun run build`: the program as one file for this platform or others, in dist/. */
import { parseArgs } from "node:util";
import { VERSION } from "../../src/version.ts";
import { embedFiles } from "./embed.ts";

const { values } = parseArgs({
  options: {
    /** As Bun names them: linux-x64, linux-arm64, darwin-arm64, darwin-x64, windows-x64; several with commas. */
    target: { type: "string", default: `${process.platform}-${process.arch}` },
  },
});

const commit = Bun.spawnSync(["git", "rev-parse", "HEAD"]).stdout.toString().trim();

for (const target of values.target.split(",")) {
  const outfile = `dist/polyge-${VERSION}-${target}`;
  const { success, logs } = await Bun.build({
    entrypoints: ["scripts/standalone/program.ts", "src/watchdog.ts"],
    compile: { outfile, target: `bun-${target}` as Bun.Build.CompileTarget },
    define: { COMMIT: JSON.stringify(commit) },
    plugins: [await embedFiles()],
  });
  if (!success) {
    console.error(logs.join("\n"));
    process.exit(1);
  }
  console.log(`${outfile}: ${(Bun.file(outfile).size / 2 ** 20).toFixed(0)} MiB`);
}
