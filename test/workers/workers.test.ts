import { afterAll, beforeAll, expect } from "bun:test";
import { createPostgres } from "../support/databases.ts";
import { type NatsServer, NO_NATS, startNats } from "../support/nats.ts";
import { allowForStarts, testOnCluster } from "../support/services.ts";
import { until } from "../support/until.ts";
import { alive, Processes } from "./processes.ts";

allowForStarts();

/** Longer than any worker takes to come or go, in ms. */
const PATIENCE_MS = 20_000;
/** A stop is promised within this, in ms. */
const STOP_MS = 10_000;

let nats: NatsServer | undefined;
beforeAll(async () => {
  if (!NO_NATS) nats = await startNats();
});
afterAll(async () => {
  await (await standing)?.[Symbol.asyncDispose]();
  await nats?.stop();
});

const three = async (changes: Record<string, string> = {}) =>
  Processes.start(
    {
      DATABASE_URL: await createPostgres(),
      NATS_URL: nats!.url,
      ...changes,
    },
    "--workers",
    "3",
  );

let standing: Promise<Processes> | undefined;
/** One for the tests that leave it as it was: three workers that serve. */
const shared = () => (standing ??= three({ LOG_LEVEL: "info" }));

testOnCluster("three workers share one port and all serve; one line says where", async () => {
  const service = await shared();
  expect(new Set(service.pids).size).toBe(3);
  const answered = await service.untilAllServe(3);
  expect(answered.every((count) => count > 0)).toBe(true);
  expect(service.lines.filter((line) => line.includes("listens on"))).toHaveLength(1);
});

testOnCluster("whichever worker is asked for measurements answers for all, each under its number", async () => {
  const service = await shared();
  const starts = () => service.measured(/^process_start_time_seconds\{/);
  for (let i = 0; i < 10; i++) {
    expect([...(await starts()).keys()].sort()).toEqual(
      [1, 2, 3].map((n) => `process_start_time_seconds{worker="${n}"}`),
    );
  }
  expect(await service.measured(/^polyge_workers/)).toEqual(
    new Map([
      ["polyge_workers", 3],
      ["polyge_workers_silent", 0],
    ]),
  );
});

testOnCluster("a worker that does not answer is left out of the measurements, and counted", async () => {
  const service = await shared();
  // Connections that the kernel gives to the stopped one wait; others are answered.
  const stopped = service.pids[2]!;
  process.kill(stopped, "SIGSTOP");
  try {
    const answers = Array.from({ length: 30 }, () => service.measured(/^polyge_workers|^process_start_time_seconds/));
    const seen = await Promise.any(answers);
    expect([seen.get("polyge_workers"), seen.get("polyge_workers_silent"), seen.size]).toEqual([3, 1, 4]);
    process.kill(stopped, "SIGCONT");
    await Promise.all(answers);
  } finally {
    process.kill(stopped, "SIGCONT");
  }
});

testOnCluster("a worker that is killed is started again under its number, and serves", async () => {
  const service = await shared();
  const before = service.pids;
  process.kill(before[1]!, "SIGKILL");
  await until("it is back", () => service.logged("worker started again").length === 1, PATIENCE_MS);
  const after = service.pids;
  expect(after).toHaveLength(3);
  expect(after).not.toContain(before[1]!);
  const [ended] = service.logged("worker ended");
  const [back] = service.logged("worker started again");
  expect(ended).toMatchObject({ pid: before[1], reason: "signal SIGKILL", retryMs: 100 });
  expect(back).toMatchObject({ worker: ended!["worker"], pid: after.find((pid) => !before.includes(pid)) });
  expect(await service.untilAllServe(3)).toHaveLength(3);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  testOnCluster(
    `${signal} stops every worker, then the supervisor exits with 0; more signals change nothing`,
    async () => {
      await using service = await three();
      const { pids } = service;
      const started = performance.now();
      service.supervisor.kill(signal);
      service.supervisor.kill("SIGTERM");
      expect(await service.end(signal)).toBe(0);
      expect(performance.now() - started).toBeLessThan(STOP_MS);
      expect(pids.filter(alive)).toEqual([]);
      const stopped = service.logged("stopped").map(({ worker }) => worker);
      expect(stopped.sort()).toEqual([1, 2, 3]);
      expect(await service.supervisor.stderr.text()).toBe("");
    },
  );
}

testOnCluster("a worker that does not stop is ended, and the exit code says so", async () => {
  await using service = await three();
  const { pids } = service;
  process.kill(pids[0]!, "SIGSTOP");
  const started = performance.now();
  expect(await service.end("SIGTERM")).toBe(1);
  expect(performance.now() - started).toBeLessThan(STOP_MS);
  expect(await service.supervisor.stderr.text()).toBe("polyge: 1 of 3 workers did not stop cleanly\n");
  expect(pids.filter(alive)).toEqual([]);
});

testOnCluster("workers whose supervisor is killed stop by themselves and free the port", async () => {
  await using service = await three();
  const { pids } = service;
  await service.end("SIGKILL");
  await until("no worker is left", () => !pids.some(alive), PATIENCE_MS);
  expect(service.logged("stopped")).toHaveLength(3);
  Bun.serve({ hostname: "127.0.0.1", port: service.port, reusePort: false, fetch: () => new Response() }).stop(true);
});
