/** `bun run test`: runs the suite, names what was skipped and why, and ends with one line of counts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "polyge-tests-"));
const report = join(folder, "report.xml");

const run = Bun.spawn(
  [
    process.execPath,
    "test",
    "--only-failures",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: join(import.meta.dir, ".."), stdio: ["ignore", "inherit", "inherit"] },
);
const code = await run.exited;

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
function counts(): { passed: number; failed: number; skipped: string[] } {
  const xml = readFileSync(report, "utf8");
  const totals = /<testsuites [^>]*>/.exec(xml)![0];
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)![1]);
  const cases = xml.matchAll(/<testcase ((?:[^">]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  const skipped = [...cases]
    .filter(([, , inside]) => inside?.includes("<skipped"))
    .map(([, attributes]) => unescaped(/\bname="([^"]*)"/.exec(attributes!)![1]!));
  return { passed: total("tests") - total("failures") - total("skipped"), failed: total("failures"), skipped };
}

let result: ReturnType<typeof counts>;
try {
  result = counts();
} catch {
  result = { passed: 0, failed: 1, skipped: [] };
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// An error outside of any test, in a file that does not load for one, fails the run without failing a test.
if (code !== 0 && result.failed === 0) result.failed = 1;
for (const name of result.skipped) console.log(`skipped: ${name}`);
const tail = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : "";
console.log(`${result.passed} passed, ${result.failed} failed${tail}`);
process.exit(result.failed > 0 ? 1 : 0);
