/** `bun run test`: runs the suite, names what was skipped and why, and ends with one line of counts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Most tests wait more than they work. Services that files share are started once for each process. */
const SHARDS = 2;

const folder = mkdtempSync(join(tmpdir(), "polyge-tests-"));
const words = process.argv.slice(2);

/** Runs some of the files. @returns the exit code and where the report is */
async function runShard(name: string, ...options: string[]): Promise<{ code: number; report: string }> {
  const report = join(folder, `${name}.xml`);
  const run = Bun.spawn(
    [
      ...[process.execPath, "test", "--only-failures"],
      ...["--reporter=junit", `--reporter-outfile=${report}`],
      ...options,
      ...words,
    ],
    { cwd: join(import.meta.dir, ".."), stdio: ["ignore", "inherit", "inherit"] },
  );
  return { code: await run.exited, report };
}

const numbers = Array.from({ length: SHARDS }, (_, index) => index + 1);
const shards =
  words.length > 0
    ? [await runShard("all")]
    : await Promise.all(
        numbers.map((n) => runShard(String(n), `--shard=${n}/${SHARDS}`, "--timings=test/timings.json")),
      );

const unescaped = (text: string) =>
  text
    .replaceAll(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hex, ten) =>
      String.fromCodePoint(hex ? Number.parseInt(hex, 16) : +ten),
    )
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** The totals as Bun counts them, and the names of what it skipped. */
function countsOf(report: string): { passed: number; failed: number; skipped: string[] } {
  const xml = readFileSync(report, "utf8");
  const totals = /<testsuites [^>]*>/.exec(xml)![0];
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)![1]);
  const cases = xml.matchAll(/<testcase ((?:[^">]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  const skipped = [...cases]
    .filter(([, , inside]) => inside?.includes("<skipped"))
    .map(([, attributes]) => unescaped(/\bname="([^"]*)"/.exec(attributes!)![1]!));
  return { passed: total("tests") - total("failures") - total("skipped"), failed: total("failures"), skipped };
}

const result = { passed: 0, failed: 0, skipped: [] as string[] };
for (const { code, report } of shards) {
  let counts: ReturnType<typeof countsOf>;
  try {
    counts = countsOf(report);
  } catch {
    counts = { passed: 0, failed: 1, skipped: [] };
  }
  // An error outside of any test, in a file that does not load for one, fails the run without failing a test.
  result.failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
  result.passed += counts.passed;
  result.skipped.push(...counts.skipped);
}
rmSync(folder, { recursive: true, force: true });
for (const name of result.skipped) console.log(`skipped: ${name}`);
const tail = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : "";
console.log(`${result.passed} passed, ${result.failed} failed${tail}`);
process.exit(result.failed > 0 ? 1 : 0);
