/** What came of tests, out of the reports that Bun writes in JUnit's format. */

export interface Counts {
  passed: number;
  failed: number;
  /** The names of what was skipped. */
  skipped: string[];
  /** What each file took, in ms. */
  ms: Record<string, number>;
}

/** @throws where the report is none, or not whole */
export function countsOf(xml: string): Counts {
  const total = numbersOf(/<testsuites [^>]*>/.exec(xml)![0]);
  const cases = xml.matchAll(/<testcase ((?:[^">]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  const skipped = [...cases]
    .filter(([, , inside]) => inside?.includes("<skipped"))
    .map(([, attributes]) => unescaped(/\bname="([^"]*)"/.exec(attributes!)![1]!));
  const suites = xml.matchAll(/<testsuite name="([^"]*)" file="\1"[^>]*>/g);
  const ms = Object.fromEntries(
    [...suites].map(([tag, file]) => [unescaped(file!), Math.round(numbersOf(tag)("time") * 1000)]),
  );
  return { passed: total("tests") - total("failures") - total("skipped"), failed: total("failures"), skipped, ms };
}

/** An error outside of any test, in a file that does not load for one, fails the run without failing a test. */
export const failureWithout = (exitCode: number, counts: Counts): Counts =>
  exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;

export const sumOf = (all: readonly Counts[]): Counts => ({
  passed: all.reduce((sum, { passed }) => sum + passed, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
  skipped: all.flatMap(({ skipped }) => skipped),
  ms: Object.assign({}, ...all.map(({ ms }) => ms)),
});

const numbersOf = (tag: string) => (name: string) => Number(new RegExp(`\\b${name}="([\\d.]+)"`).exec(tag)![1]);

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
