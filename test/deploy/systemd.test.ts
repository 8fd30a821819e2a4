import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS, type Setting } from "../../src/config.ts";
import { suiteUnless, withoutPrograms } from "../support/needs.ts";
import { read } from "./files.ts";

const unit = read("deploy/systemd/polyge.service");
const valuesOf = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value]) => value!);

/** What a stop is promised within, in s. */
const STOP_S = 10;
/** As systemd rates it, from 0 to 10: 9.6 without any of the unit's restrictions. */
const MOST_EXPOSED = 2;

test("the unit waits longer for a stop than it may take, and starts the server again but for wrong settings", () => {
  expect(Number(valuesOf("TimeoutStopSec")[0])).toBeGreaterThan(STOP_S);
  expect([valuesOf("Restart"), valuesOf("RestartPreventExitStatus")]).toEqual([["always"], ["2"]]);
});

test("every setting in the unit is one of the server's, and its data is where the unit may write", () => {
  const known: Record<string, Setting> = SETTINGS;
  const settings = new Map(
    valuesOf("Environment").flatMap((line) => line.split(" ").map((each) => each.split("=") as [string, string])),
  );
  expect(settings.size).toBeGreaterThan(0);
  for (const [name, value] of settings)
    expect([name, known[name]?.schema.safeParse(value).success]).toEqual([name, true]);
  expect(settings.get("DATA_DIR")).toStartWith(`/var/lib/${valuesOf("StateDirectory")[0]}/`);
});

suiteUnless(withoutPrograms("systemd-analyze"), "systemd", () => {
  const folder = mkdtempSync(join(tmpdir(), "polyge-unit-"));
  const file = join(folder, "polyge.service");
  beforeAll(() => {
    // It asks for a program that is there.
    const program = join(folder, "polyge");
    writeFileSync(program, "#!/bin/sh\n");
    chmodSync(program, 0o755);
    writeFileSync(file, unit.replace(valuesOf("ExecStart")[0]!, program));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const analyze = (...words: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", ...words, file]);
    return { exitCode, stderr: stderr.toString(), stdout: stdout.toString() };
  };

  test("finds nothing to object to in the unit", () => {
    expect(analyze("verify", "--recursive-errors=no")).toEqual({ exitCode: 0, stderr: "", stdout: "" });
  });

  test("rates what the unit is exposed to as little", () => {
    const { stdout } = analyze("security", "--offline=yes", "--no-pager");
    expect(Number(/exposure level for polyge\.service: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(MOST_EXPOSED);
  });
});
