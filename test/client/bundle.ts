/** What a client's user would run: the SDK or a runner of the scenarios, in one file. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HERE = import.meta.dir;
export const SDK = join(HERE, "../../src/client/index.ts");

/** @param external packages left to whoever uses the bundle */
export async function bundle(entry: string, target: "browser" | "node", external: string[] = []): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [entry], target, minify: true, external });
  return outputs[0]!.text();
}

/** A folder of its own with the bundle of a runner in it. @returns the file */
export async function runnerFile(runner: "node" | "browser"): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "polyge-sdk-")), "runner.mjs");
  await Bun.write(file, await bundle(join(HERE, "runners", `${runner}.ts`), runner));
  return file;
}
