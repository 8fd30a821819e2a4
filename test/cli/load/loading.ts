/** The load tester as its user runs it: a process of its own. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "../../../src/cli/load/result.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/load/main.ts", import.meta.url));

export interface Loaded {
  readonly code: number;
  readonly output: string;
  /** What it said while it ran. */
  readonly progress: string;
}

export interface Reported extends Loaded {
  readonly result: Result;
  readonly html: string;
}

/** @param heard is called with all that has been said so far, whenever there is more */
export async function load(words: readonly string[], heard?: (progress: string) => void): Promise<Loaded> {
  const child = Bun.spawn([process.execPath, MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let progress = "";
  const listen = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      progress += decoder.decode(chunk, { stream: true });
      heard?.(progress);
    }
  };
  const [output, code] = await Promise.all([new Response(child.stdout).text(), child.exited, listen()]);
  return { code, output, progress };
}

/** The same with both files that it can write. */
export async function loadAndReport(words: readonly string[], heard?: (progress: string) => void): Promise<Reported> {
  const folder = await mkdtemp(join(tmpdir(), "polyge-load-test-"));
  try {
    const [json, html] = [join(folder, "run.json"), join(folder, "run.html")];
    const loaded = await load([...words, "--json", json, "--html", html], heard);
    const read = (file: string) =>
      readFile(file, "utf8").catch(() => {
        throw new Error(`no report, but ${loaded.progress}`);
      });
    return { ...loaded, result: JSON.parse(await read(json)), html: await read(html) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
