import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

const MODULE = fileURLToPath(new URL("../src/watchdog.ts", import.meta.url));

/** Runs a program that watches itself with a limit of two seconds. */
async function watched(program: string) {
  const child = Bun.spawn(
    [process.execPath, "-e", `const { watchMainThread } = await import(${JSON.stringify(MODULE)}); ${program}`],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const said = await child.stderr.text();
  await child.exited;
  return { said, code: child.exitCode, signal: child.signalCode };
}

test.concurrent("a process whose main thread hangs says so and ends", async () => {
  const { said, signal } = await watched("watchMainThread(2000); for (;;);");
  expect(signal).toBe("SIGKILL");
  expect(said).toContain("has held this process up for 2 s");
}, 15_000);

test.concurrent("a process that is merely idle lives on, and the watch does not keep it", async () => {
  // Time: the program is idle for longer than the limit.
  const idle = await watched("watchMainThread(2000); await Bun.sleep(3500);");
  expect([idle.code, idle.said]).toEqual([0, ""]);
}, 15_000);
