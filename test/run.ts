/**
 * `bun run test`: runs the suite, names what was skipped and why, and ends with one line of counts. With words, only the
 * files whose paths hold one of them. `--update-timings` notes how long each file took, by which the next run is shared out.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import pLimit from "p-limit";
import { type Counts, countsOf, failureWithout, sumOf } from "./counts.ts";
import { sharesOf } from "./shares.ts";
import { dropDatabases, FIRST_START, startFirst } from "./support/databases.ts";
import { ENGINE } from "./support/engine.ts";

/** Processes at once. Most tests wait more than they work. */
const AT_ONCE = 3;
/** What one test may take where its file says nothing else, in ms: three processes share two cores, and a test waits for events. */
const LIMIT_MS = 30_000;
/** Among how many processes the short files are spread. */
const SPREAD = 2;
const ROOT = join(import.meta.dir, "..");
const TIMINGS = join(import.meta.dir, "timings.json");

const folder = mkdtempSync(join(tmpdir(), "polyge-tests-"));
const update = process.argv.includes("--update-timings");
const words = process.argv.slice(2).filter((word) => word !== "--update-timings");

const timings: Record<string, number> = JSON.parse(readFileSync(TIMINGS, "utf8")).files;
const files = [...new Glob("test/**/*.test.ts").scanSync(ROOT)]
  .sort()
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) {
  console.error(`no test file's path holds ${words.join(" or ")}`);
  process.exit(1);
}

/** Runs some of the files in one process. */
async function runShare(share: readonly string[], number: number): Promise<Counts> {
  const report = join(folder, `${number}.xml`);
  const run = Bun.spawn(
    [
      ...[process.execPath, "test", "--only-failures", `--timeout=${LIMIT_MS}`],
      ...["--reporter=junit", `--reporter-outfile=${report}`],
      ...share.map((file) => `./${file}`),
    ],
    {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...ENGINE, [FIRST_START]: firstStart },
    },
  );
  const code = await run.exited;
  try {
    return failureWithout(code, countsOf(readFileSync(report, "utf8")));
  } catch {
    return failureWithout(code || 1, sumOf([]));
  }
}

const firstStart = await startFirst();
const turns = pLimit(AT_ONCE);
const shares = sharesOf(files, timings, SPREAD);
const result = sumOf(await Promise.all(shares.map((share, number) => turns(() => runShare(share, number)))));
await dropDatabases();
rmSync(folder, { recursive: true, force: true });

if (update) {
  const known = Object.entries({ ...timings, ...result.ms }).filter(([file]) => files.includes(file));
  const slowestFirst = Object.fromEntries(known.toSorted(([, a], [, b]) => b - a));
  writeFileSync(TIMINGS, `${JSON.stringify({ version: 1, files: slowestFirst }, undefined, 2)}\n`);
}
for (const name of result.skipped) console.log(`skipped: ${name}`);
const tail = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : "";
console.log(`${result.passed} passed, ${result.failed} failed${tail}`);
process.exit(result.failed > 0 ? 1 : 0);
