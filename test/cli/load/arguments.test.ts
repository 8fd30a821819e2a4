import { describe, expect, test } from "bun:test";
import { ArgumentError, readArguments } from "../../../src/cli/load/arguments.ts";
import { load } from "./loading.ts";

const faultOf = (words: string): string => {
  try {
    readArguments(words.split(" "));
  } catch (error) {
    if (error instanceof ArgumentError) return error.message;
    throw error;
  }
  return "none";
};

describe("a wrong argument is named in one line:", () => {
  test.each([
    ["--sockets x", "--sockets takes a whole number from 2 to 1,000,000"],
    ["--sockets=", "--sockets takes a whole number"],
    ["--sockets 1.5", "--sockets takes a whole number"],
    ["--sockets 3", "--sockets: pairs takes an even number, not 3"],
    ["--seconds 0", "--seconds takes a number from 1"],
    ["--seconds NaN", "--seconds takes a number"],
    ["--warm-up=-1", "--warm-up takes a number"],
    ["--rate 0", "--rate takes a number"],
    ["--rate", "Option '--rate <value>' argument missing"],
    ["idle --rate 5", "--rate: idle sends no messages"],
    ["--rate 5 --in-flight 2", "--in-flight: only pairs without --rate"],
    ["fan-in --in-flight 2", "--in-flight: only pairs without --rate"],
    ["--churn 5", "--churn: only churn and mixed have it"],
    ["--bytes 15", "--bytes takes a whole number from 16"],
    ["--processes 0", "--processes takes a whole number from 1"],
    ["--sockets 40000 --processes 2", "--processes: 40000 sockets take at least 3"],
    ["--url ftp://host", "--url takes ws(s)://host:port or http(s)://host:port"],
    ["--url host:80", "--url takes"],
    ["--accounts file", "--accounts: a server of its own makes its own accounts"],
    ["--cosy", "Unknown option '--cosy'; see --help"],
    ["storms", 'unknown scenario "storms": there are pairs, connect'],
    ["pairs idle", "one scenario at a time"],
  ])("%s", (words, line) => {
    expect(faultOf(words)).toStartWith(line);
    expect(faultOf(words)).not.toContain("\n");
  });
});

test("addresses of a service in any spelling lead to its socket", () => {
  const urls = "http://a:1,https://b/,ws://c:3/wsconn,wss://d/under/wsconn/";
  expect(readArguments(["--url", urls, "--url", "ws://e"])?.urls).toEqual([
    "ws://a:1/wsconn",
    "wss://b/wsconn",
    "ws://c:3/wsconn",
    "wss://d/under/wsconn",
    "ws://e/wsconn",
  ]);
});

test("without arguments it is 1,000 sockets in pairs for 15 seconds, a closed loop", () => {
  expect(readArguments([])).toMatchObject({
    scenario: "pairs",
    urls: [],
    settings: { sockets: 1000, seconds: 15, rate: undefined, inFlight: 1, acks: false },
  });
});

test("the program ends with 2 and one line for a wrong argument, with 0 for help", async () => {
  const [wrong, missing, help] = await Promise.all([
    load(["--sockets", "0"]),
    load(["--url", "http://127.0.0.1:1", "--accounts", "/nowhere/accounts"]),
    load(["--help"]),
  ]);
  expect(wrong).toMatchObject({ code: 2, output: "" });
  expect(wrong.progress).toMatch(/^load: --sockets takes .*\n$/);
  expect(missing.code).toBe(2);
  expect(missing.progress).toBe("load: --accounts: /nowhere/accounts cannot be read (ENOENT)\n");
  expect(help).toMatchObject({ code: 0, progress: "" });
  expect(help.output).toContain("bun run load [SCENARIO] [options]");
});
