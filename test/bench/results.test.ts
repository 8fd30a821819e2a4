/** The bench as its user runs it: measured once in small, drawn from a file, compared with another. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FORMAT, type Measured, type Ratio } from "../../bench/measured.ts";
import type { Percentiles } from "../../src/cli/load/engine/latency.ts";
import { createPostgres, dropDatabases, NO_POSTGRES } from "../support/databases.ts";
import { testUnless } from "../support/needs.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyge-bench-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await dropDatabases();
});

/** Runs a script of the bench. */
async function bench(script: "run" | "draw" | "compare", ...words: string[]) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, `../../bench/${script}.ts`), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { output, errors, code };
}

async function fileOf(name: string, content: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("comparing two runs", () => {
  const higher = (name: string, value: number): Ratio => ({ name, value, better: "higher" });
  const lower = (name: string, value: number): Ratio => ({ name, value, better: "lower" });
  const runOf = (name: string, ...ratios: Ratio[]) => fileOf(name, { format: FORMAT, ratios });

  test("passes where no ratio fell by more than the tolerance", async () => {
    const old = await runOf("old.json", higher("relay", 1), lower("memory", 2));
    const now = await runOf("new.json", higher("relay", 0.86), lower("memory", 2.3));
    const { code, output } = await bench("compare", old, now);
    expect(output).toContain("none of 2 ratios fell by more than 15 %");
    expect(code).toBe(0);
  });

  test("names each that fell, whichever way is better, and fails", async () => {
    const old = await runOf("old.json", higher("relay", 1), lower("memory", 2), higher("logins", 1));
    const now = await runOf("new.json", higher("relay", 0.84), lower("memory", 2.4), higher("logins", 1.5));
    const { code, output } = await bench("compare", old, now);
    expect(output).toEndWith("2 of 3 ratios fell by more than 15 %:\n  relay\n  memory\n");
    expect(code).toBe(1);
    expect((await bench("compare", old, now, "--tolerance", "0.2")).code).toBe(0);
  });

  test("says which ratios only one of the two has", async () => {
    const old = await runOf("old.json", higher("relay", 1), higher("gone", 1));
    const now = await runOf("new.json", higher("relay", 1), higher("added", 1));
    const { code, output } = await bench("compare", old, now);
    expect(output).toContain(`only in ${old}: gone\nonly in ${now}: added\n`);
    expect(code).toBe(0);
  });

  test.each([
    ["a file that is not there", undefined, "cannot be read (ENOENT)"],
    ["a file that is not JSON", "{", "is not JSON"],
    ["JSON of something else", { scenario: "pairs" }, "is not of a run of the bench: it has no format"],
    ["JSON that is no object", "null", "is not of a run of the bench"],
    ["a format of another time", { format: "polyge-bench/0" }, 'its format is "polyge-bench/0"'],
    ["a ratio that is no number", { format: FORMAT, ratios: [{ name: "a", value: "1", better: "higher" }] }, "value"],
    ["a run with other ratios", { format: FORMAT, ratios: [higher("b", 1)] }, "no ratio in common"],
  ])("refuses %s in one line that names it", async (_, content, reason) => {
    const good = await runOf("good.json", higher("a", 1));
    const other = content === undefined ? join(folder, "nowhere.json") : await fileOf("other.json", content);
    const { code, output, errors } = await bench("compare", good, other);
    expect(errors).toStartWith("bench:compare: ");
    expect(errors).toContain(other);
    expect(errors).toContain(reason);
    expect(errors.trim().split("\n")).toHaveLength(1);
    expect([code, output]).toEqual([2, ""]);
  });

  test.each(["--tolerance much", "--tolerance 1", "third.json", "--unknown"])("refuses %s", async (words) => {
    const good = await runOf("good.json", higher("a", 1));
    expect((await bench("compare", good, good, ...words.split(" "))).code).toBe(2);
  });
});

const TIMES: Percentiles = { count: 100, p50: 1, p90: 2, p99: 3, p999: 4, max: 5 };

const line = (server: string, messagesPerSecond: number, ratioTo: Record<string, number>) => ({
  shape: "64 × 16",
  server,
  messagesPerSecond,
  ratioTo,
  cpuRatioTo: ratioTo,
  serverCpu: 1,
  clientCpu: 0.5,
  framesPerChunk: 10,
  lost: 0,
  closed: 0,
});

const MEASURED: Measured = {
  format: FORMAT,
  date: "2026-11-23T12:34:56.000Z",
  commit: "abcdef123456",
  machine: { cpu: "Some <CPU> & more", cores: 2, memoryBytes: 2 ** 31, kernel: "6.18" },
  versions: { Bun: "1.4.5", Node: "20.20.2", ws: "8.23.0", database: "PostgreSQL 15.9" },
  settings: {},
  ratios: [{ name: "relay 64 × 16: Polyge ÷ bare Bun", value: 0.8, better: "higher" }],
  parts: {
    relay: {
      summary: [line("Polyge", 800_000, { "bare Bun": 0.8 }), line("bare Bun", 1_000_000, { Polyge: 1.25 })],
      rounds: [],
    },
    idle: [{ server: "Polyge", sockets: 10_000, bytesPerSocket: 2345.6, opensPerSecond: 2000, idleCores: 0.01 }],
    logins: {
      cores: 1,
      hashesPerSecond: 80,
      loginsPerSecond: 72,
      ratio: 0.9,
      peace: TIMES,
      storm: TIMES,
      stormLogins: 200,
      stormSeconds: 3,
    },
  },
};

describe("drawing a run", () => {
  test("names machine and versions, shows each part that was measured, and no other", async () => {
    const to = join(folder, "drawn");
    const { code, errors } = await bench("draw", await fileOf("run.json", MEASURED), "--to", to);
    expect([code, errors]).toEqual([0, ""]);
    const page = await readFile(join(to, "RESULTS.md"), "utf8");
    for (const word of ["Some <CPU> & more", "2,048 MiB", "6.18", "PostgreSQL 15.9", "8.23.0", "abcdef123456"]) {
      expect(page).toContain(word);
    }
    expect(page).toContain("| 64 × 16 | Polyge | 800,000 | 0.80 | 100 % | 0 |");
    expect(page).toContain("| Polyge | 10,000 | 2,346 | 2,000 | 1.0 % |");
    expect(page).not.toContain("## Connects");
    const charts = (await readdir(join(to, "charts"))).toSorted();
    expect(charts).toEqual(["idle.svg", "logins.svg", "relay-ratios.svg", "relay.svg"]);
    expect([...page.matchAll(/\]\(charts\/(\S+)\)/g)].map(([, name]) => name!).toSorted()).toEqual(charts);
  });

  test("gives charts that are whole files, in light and dark, with bars as high as their values", async () => {
    const to = join(folder, "charts-drawn");
    await bench("draw", await fileOf("run.json", MEASURED), "--to", to);
    const chart = await readFile(join(to, "charts", "relay.svg"), "utf8");
    expect(chart).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"');
    expect(chart).toContain("prefers-color-scheme: dark");
    const heights = [...chart.matchAll(/<rect class="bar c\d" [^>]*height="([\d.]+)" rx="2"><title>/g)].map(
      ([, height]) => Number(height),
    );
    expect(heights).toHaveLength(2);
    expect(heights[0]! / heights[1]!).toBeCloseTo(0.8, 2);
  });

  test("refuses a file that is not of a run", async () => {
    const { code, errors } = await bench("draw", await fileOf("load.json", { scenario: "pairs" }), "--to", folder);
    expect(errors).toMatch(/^bench:draw: .*load\.json is not of a run of the bench/);
    expect(code).toBe(2);
  });
});

describe("measuring", () => {
  testUnless(
    NO_POSTGRES,
    "takes every part, in small, and leaves a file that can be drawn and compared",
    async () => {
      const json = join(folder, "tiny.json");
      const { code, output, errors } = await bench(
        "run",
        ...["--database", await createPostgres(), "--json", json, "--only", "relay,idle,connects,logins,offline"],
        ...["--quick", "--rounds", "1", "--shapes", "4x2", "--servers", "polyge,bare-bun"],
        ...["--sockets", "40", "--seconds", "0.2", "--settle", "0.1"],
      );
      expect([errors, code]).toEqual([expect.stringContaining("offline: Polyge"), 0]);
      expect(output).toContain("not drawn");
      const { parts, ratios, versions }: Measured = JSON.parse(await readFile(json, "utf8"));
      const { relay, idle, connects, logins, offline } = parts;
      expect(relay!.summary.map(({ server, lost }) => [server, lost])).toEqual([
        ["Polyge", 0],
        ["bare Bun", 0],
      ]);
      expect(idle!.slice(0, 2)).toMatchObject([
        { server: "Polyge", sockets: 40 },
        { server: "bare Bun", sockets: 40 },
      ]);
      expect(connects!.every(({ connectsPerSecond, refused }) => connectsPerSecond > 0 && refused === 0)).toBe(true);
      expect(logins!.loginsPerSecond).toBeGreaterThan(0);
      // So few logins may be over before one of the relay's messages is.
      expect([logins!.stormLogins > 0, logins!.stormSeconds > 0]).toEqual([true, true]);
      expect(offline).toMatchObject({ missing: 0, wokenFrames: 10_000 });
      expect(versions["database"]).toStartWith("PostgreSQL ");
      const names = ratios.map(({ name }) => name);
      expect(names).toContain("relay 4 × 2: Polyge ÷ bare Bun");
      expect(names).toContain("frames stored a second ÷ rows the database takes");
      expect((await bench("draw", json, "--to", join(folder, "tiny"))).code).toBe(0);
      expect((await bench("compare", json, json)).code).toBe(0);
    },
    90_000,
  );

  test.each(["--only relay,nothing", "--shapes 3x1", "--sockets many", "--seconds 0", "--servers apache", "--what"])(
    "refuses %s in one line",
    async (words) => {
      const { code, errors } = await bench("run", ...words.split(" "));
      expect(errors).toStartWith("bench: ");
      expect(errors).toContain(words.split(" ")[0]!);
      expect(errors.trim().split("\n")).toHaveLength(1);
      expect(code).toBe(2);
    },
  );
});
