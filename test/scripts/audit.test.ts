import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const known = (severity: string) => ({
  zod: [{ id: 1, severity, title: "a hole", url: "https://example.com/1", vulnerable_versions: "<99" }],
});

/** Runs the audit against a registry that answers so. */
async function auditWith(answer: () => Response): Promise<{ code: number; lines: string[] }> {
  let asked = 0;
  const registry = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      asked++;
      return answer();
    },
  });
  const audit = Bun.spawn([process.execPath, "scripts/audit.ts"], {
    cwd: ROOT,
    env: { ...process.env, BUN_CONFIG_REGISTRY: registry.url.href },
  });
  const [text, code] = await Promise.all([audit.stdout.text(), audit.exited]);
  registry.stop(true);
  expect(asked).toBeGreaterThan(0);
  return { code, lines: text.trim().split("\n") };
}

test.concurrent.each([
  ["nothing known", () => Response.json({}), 0, "audit: 0 known vulnerabilities of level high or critical, 0 below"],
  [
    "a moderate one",
    () => Response.json(known("moderate")),
    0,
    "audit: 0 known vulnerabilities of level high or critical, 1 below",
  ],
  ["a high one", () => Response.json(known("high")), 1, "high: zod <99: a hole (https://example.com/1)"],
  ["a critical one", () => Response.json(known("critical")), 1, "critical: zod <99: a hole (https://example.com/1)"],
  [
    "a registry that cannot say",
    () => new Response("", { status: 405 }),
    2,
    "WARNING: dependencies were NOT audited: error: ",
  ],
  ["an error for an answer", () => Response.json({ error: "no" }), 2, "WARNING: dependencies were NOT audited: "],
  ["a page for an answer", () => new Response("<html>"), 2, "WARNING: dependencies were NOT audited: "],
])("the audit with %s", async (_, answer, code, line) => {
  const result = await auditWith(answer);
  expect([result.code, result.lines[0]]).toEqual([code, expect.stringContaining(line)]);
});
