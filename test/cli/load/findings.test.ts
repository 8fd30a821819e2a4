import { expect, test } from "bun:test";
import { readArguments } from "../../../src/cli/load/arguments.ts";
import { resultOf } from "../../../src/cli/load/result.ts";
import { type Moment, Timeline } from "../../../src/cli/load/timeline.ts";

const NO_LATENCY = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

/** What is found of a run of which every second was alike. */
function findingsOf(words: string, client: Partial<Moment>, serverCores: number): string {
  const moments = Array.from({ length: 10 }, (_, second) => ({
    second: second + 1,
    span: 1,
    phase: "talking",
    open: 100,
    sentPerSecond: 100,
    receivedPerSecond: 100,
    connectsPerSecond: 0,
    acked: 0,
    refused: 0,
    ended: 0,
    latency: NO_LATENCY,
    connect: NO_LATENCY,
    busiestClient: 0.3,
    clientCores: 0.3,
    clientStarved: 0,
    clientLagMs: 5,
    server: { processes: 1, cores: serverCores, residentBytes: 1e8, sockets: 100, lagMs: 5 },
    ...client,
  }));
  const timeline = new Timeline(0, { sample: async () => [], scrape: async () => undefined, seen: () => {} });
  timeline.moments.push(...moments);
  return resultOf({
    asked: readArguments(words.split(" "))!,
    target: { urls: [], own: false, version: undefined },
    outcomes: [],
    timeline,
    from: 0,
    to: 10,
    residentBefore: undefined,
    interrupted: false,
  }).findings.join();
}

test("a load tester without a core to spare says that it was the bottleneck, unless the server was", () => {
  expect(findingsOf("--rate 100", {}, 0.5)).toBe("");
  expect(findingsOf("--rate 100", {}, 1)).toBe("");
  expect(findingsOf("--rate 100", { busiestClient: 0.97 }, 0.5)).toStartWith("SATURATED: the load tester was");
  expect(findingsOf("--rate 100", { busiestClient: 0.97 }, 1)).toStartWith("The load tester was busy too");
});

test("so does one that others keep from its core, and an open loop whose event loop lags", () => {
  expect(findingsOf("--rate 100", { busiestClient: 0.5, clientStarved: 0.45 }, 0.5)).toContain("that others used");
  expect(findingsOf("--rate 100", { clientLagMs: 60 }, 0.5)).toContain("event loop lagged");
  // In a closed loop turns as long as the latency are its nature.
  expect(findingsOf("--in-flight 4", { clientLagMs: 60 }, 0.5)).toBe("");
});

test("a rate that was not kept is said", () => {
  expect(findingsOf("--rate 200", {}, 0.5)).toContain("Sent 100 messages a second of the 200 intended");
});
