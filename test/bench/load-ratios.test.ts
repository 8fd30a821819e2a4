/** The ratios of a load test, on real relays; what an operator types, as a process of its own. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ratiosOfLoad } from "../../bench/load-ratios.ts";
import { bareBun } from "../../bench/servers.ts";
import { readArguments } from "../../src/cli/load/arguments.ts";

const logins = Array.from({ length: 8 }, (_, index) => ({ uid: index + 1, token: "1" }));
const settingsOf = (words: string) => readArguments(`${words} --sockets 8`.split(" "))!.settings;
/** The bare relay under another name. */
const twin = { ...bareBun, name: "twin" };

describe("the ratios of a load test", () => {
  test.each([
    ["pairs", "pairs", ["messages a second", "server CPU of a message"]],
    ["fan-in", "fan-in --rate 20000", ["server CPU of a message"]],
    ["connect", "connect", ["connects a second", "server CPU of a connect"]],
  ] as const)(
    "of %s are those of two servers under the same load",
    async (scenario, words, names) => {
      const servers = { own: twin, bare: bareBun, logins, slices: 1, sliceSeconds: 1 };
      const ratios = await ratiosOfLoad(scenario, settingsOf(words), servers);
      expect(ratios.map(({ name }) => name)).toEqual(names.map((name) => `load ${scenario}, ${name}: twin ÷ bare Bun`));
      // A slice in which nothing was sent, or no CPU was seen (the kernel counts in steps of 10 ms), gives no number.
      for (const { value } of ratios) expect([value > 0, Number.isFinite(value)]).toEqual([true, true]);
    },
    30_000,
  );
});

test.each([
  ["offline", "offline has no yardstick: there are pairs, fan-in, connect"],
  ["pairs --slices none", "--slices takes a whole number from 1"],
  ["pairs --tolerance 2", "--tolerance takes a number between 0 and 1"],
  ["pairs --url ws://127.0.0.1:1/", "--url: it starts the servers that it compares"],
  ["pairs --sockets 3", "--sockets: pairs takes an even number, not 3"],
])("bun run load:twice %s is refused in one line", async (words, reason) => {
  const script = join(import.meta.dir, "../../bench/load-twice.ts");
  const child = Bun.spawn([process.execPath, script, ...words.split(" ")], { stdio: ["ignore", "pipe", "pipe"] });
  expect([await new Response(child.stderr).text(), await child.exited]).toEqual([`load:twice: ${reason}\n`, 2]);
});
