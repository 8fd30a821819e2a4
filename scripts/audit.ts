/**
 * `bun run audit`: are there known vulnerabilities in what bun.lock installs? Exit code 0: none of level high or critical;
 * 1: there are, a line each; 2: nobody can say now, since the registry did not answer as one does.
 *
 * `bun audit` alone ends with 1 for all of these, takes an answer that is none for a clean one, and its `--audit-level`
 * does not reach `--json` (Bun 1.4.5).
 */
import { z } from "zod";

const LIMIT_MS = 60_000;
const SERIOUS = ["high", "critical"];

/** As the registry answers: packages with something known, and what. */
const report = z.record(
  z.string(),
  z.array(z.object({ severity: z.string(), title: z.string(), url: z.string(), vulnerable_versions: z.string() })),
);

const audit = Bun.spawn([process.execPath, "audit", "--json"], { stdout: "pipe", stderr: "pipe", timeout: LIMIT_MS });
const [text, errors, code] = await Promise.all([audit.stdout.text(), audit.stderr.text(), audit.exited]);
const found = read(text);
if (found === undefined || (code !== 0 && found.length === 0)) {
  const reason = audit.signalCode === null ? errors.trim().split("\n", 1)[0] : `no answer within ${LIMIT_MS / 1000} s`;
  console.log(`WARNING: dependencies were NOT audited: ${reason || "the registry's answer is no report"}`);
  process.exit(2);
}
const serious = found.filter(({ severity }) => SERIOUS.includes(severity));
for (const { name, severity, title, vulnerable_versions: versions, url } of serious) {
  console.log(`${severity}: ${name} ${versions}: ${title} (${url})`);
}
console.log(
  `audit: ${serious.length} known vulnerabilities of level high or critical, ${found.length - serious.length} below`,
);
process.exit(serious.length > 0 ? 1 : 0);

/** @returns what is known; undefined: the text is no report */
function read(text: string) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = report.safeParse(parsed);
  if (!result.success) return undefined;
  return Object.entries(result.data).flatMap(([name, known]) => known.map((each) => ({ name, ...each })));
}
