import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registerAccounts } from "../../../src/cli/load/target/accounts.ts";
import { METRICS_TOKEN, place, start } from "../../support/services.ts";
import { loadAndReport } from "./loading.ts";

/** A run takes up to some ten seconds where the machine is busy. */
const PATIENCE_MS = 60_000;
const SOCKETS = 12;

describe("against a running service", () => {
  let folder = "";
  let file = "";
  let url = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "polyge-load-accounts-"));
    file = join(folder, "accounts");
    const { service } = await start({ ...(await place("pglite")), METRICS_TOKEN, REGISTRATIONS: "0" });
    url = service.url;
    const logins = await registerAccounts({ url, insecure: false, registered: () => {} }, SOCKETS);
    await writeFile(file, logins.map(({ uid, token }) => `${uid}\t${token}\n`).join(""));
  }, PATIENCE_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (words: string) =>
    loadAndReport([
      ...words.split(" "),
      ...["--url", url, "--accounts", file, "--sockets", String(SOCKETS)],
      ...["--metrics-token", METRICS_TOKEN, "--warm-up", "0"],
    ]);

  test.each([
    "pairs --seconds 1 --processes 2",
    "pairs --seconds 1 --rate 200 --acks",
    "fan-in --seconds 1 --rate 200",
    "offline --seconds 1 --rate 200",
    "churn --seconds 2 --rate 200 --churn 10",
    "mixed --seconds 2 --rate 100 --churn 5",
  ])(
    "%s: every message arrives and is accounted for",
    async (words) => {
      const { code, result, output } = await run(words);
      const { accounts, settings, latency, mail } = result;
      expect(accounts.sent).toBeGreaterThan(20);
      expect(accounts).toMatchObject({
        received: accounts.sent,
        lost: 0,
        corrupt: 0,
        stray: 0,
        outOfOrder: 0,
        ended: 0,
      });
      if (settings.acks) expect(accounts.acked).toBe(accounts.sent);
      if (settings.rate !== undefined) expect(latency.count + mail.count).toBe(accounts.sent);
      expect([code, output]).toEqual([0, expect.stringContaining("messages arrived, whole and in order")]);
      expect(result.moments.some(({ server }) => server !== undefined && server.residentBytes > 1e6)).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "sleepers get what was stored for them when they wake",
    async () => {
      const { result } = await run("offline --seconds 1 --rate 100");
      expect(result.mail.count).toBe(result.accounts.sent);
      expect(result.latency.count).toBe(0);
      expect(result.ack.count).toBe(result.accounts.sent);
    },
    PATIENCE_MS,
  );

  test(
    "connect counts upgrades, idle the memory of sockets",
    async () => {
      const [connect, idle] = [await run("connect --seconds 1"), await run("idle --seconds 1")];
      expect([connect.code, idle.code]).toEqual([0, 0]);
      expect(connect.result.accounts.connects).toBeGreaterThan(SOCKETS);
      expect(connect.result.connect.count).toBe(connect.result.accounts.connects);
      expect(idle.result.peakSockets).toBe(SOCKETS);
      expect(idle.result.bytesPerSocket).toBeNumber();
    },
    PATIENCE_MS,
  );

  test(
    "registers accounts over HTTP where none are given, and its page needs nothing else",
    async () => {
      const { code, result, html, progress } = await loadAndReport([
        ...["--url", url, "--sockets", "4", "--seconds", "1", "--warm-up", "0", "--rate", "50"],
      ]);
      expect([code, result.accounts.received]).toEqual([0, result.accounts.sent]);
      // A plain line a second where it is no terminal.
      expect(progress).toMatch(/^ +\d+ s \w+ · 4 sockets · .*no errors$/m);
      expect(progress).not.toContain("\r");
      expect(result.findings.join()).toContain("--metrics-token");
      expect(html).toStartWith("<!doctype html>");
      expect(html).toContain("<polyline");
      expect(html.match(/(?:src|href)=|@import|url\(/g)).toBeNull();
    },
    PATIENCE_MS,
  );
});
