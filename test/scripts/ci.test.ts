/** `.ci/run` on a machine that it cannot be run on. */
import { afterAll, expect } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";

/** What `.ci/run` calls before it looks for anything else. */
const PROGRAMS = ["bash", "dirname", "mktemp", "node", "rm"];

allowForStarts();
const folder = mkdtempSync(join(tmpdir(), "polyge-ci-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAME = "without apt-get the check says in one line what is missing, and runs nothing";
testUnless(withoutPrograms(...PROGRAMS), NAME, async () => {
  for (const name of PROGRAMS) symlinkSync(Bun.which(name)!, join(folder, name));
  symlinkSync(process.execPath, join(folder, "bun"));
  const run = Bun.spawn([join(folder, "bash"), join(import.meta.dir, "../../.ci/run")], {
    env: { PATH: folder },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  const [out, err] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  expect([out, err.trim()]).toEqual([
    "",
    "there is no apt-get here to fetch what is missing: " +
      "iproute2 nats-server chromium systemd haproxy prometheus nginx caddy kubectl",
  ]);
  expect(await run.exited).toBe(1);
});
