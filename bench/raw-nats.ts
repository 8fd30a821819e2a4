/**
 * The closed loop without Polyge: two processes publish to each other's users through NATS, as two nodes would, with as
 * many messages in flight. It says what NATS and its client library leave for a relay between nodes to reach.
 */
import { fileURLToPath } from "node:url";
import type { Subprocess } from "bun";
import type { ClosedLoopResult } from "../src/cli/load/engine/closed-loop.ts";
import { measureCpu } from "../src/cli/load/engine/cpu.ts";
import type { Order, Totals } from "./peers/nats-raw.ts";

const PEER = fileURLToPath(new URL("./peers/nats-raw.ts", import.meta.url));
const DRAIN_MS = 3000;

export interface RawNatsOptions {
  /** nats://host:port */
  readonly url: string;
  /** An even number of users; of each pair, one on either process. */
  readonly users: number;
  /** Messages that each user keeps under way. */
  readonly inFlight: number;
  readonly bytes: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** The result's servers are the two processes; there is no client beside them. */
export async function rawNats(options: RawNatsOptions): Promise<ClosedLoopResult> {
  await using halves = new Halves();
  const { url, bytes, inFlight } = options;
  const run = `bench.${crypto.randomUUID()}`;
  const pairs = Array.from(
    { length: options.users / 2 },
    (_, pair) => [`${run}.${pair}.a`, `${run}.${pair}.b`] as const,
  );
  await halves.order((half) => ({
    do: "subscribe",
    url,
    bytes,
    users: half === 0 ? pairs : pairs.map(([a, b]) => [b, a] as const),
  }));
  await halves.order(() => ({ do: "begin", inFlight }));
  await Bun.sleep(options.warmUpSeconds * 1000);

  const stopCpu = measureCpu(halves.pids);
  const before = await halves.order(() => ({ do: "count" }));
  await Bun.sleep(options.seconds * 1000);
  const after = await halves.order(() => ({ do: "count" }));
  const { seconds, servers } = stopCpu();

  let totals = await halves.order(() => ({ do: "rest" }));
  const giveUp = performance.now() + DRAIN_MS;
  while (totals.received < totals.sent && performance.now() < giveUp) {
    await Bun.sleep(20);
    totals = await halves.order(() => ({ do: "count" }));
  }
  return {
    messagesPerSecond: (after.received - before.received) / seconds,
    clientCpu: Number.NaN,
    serverCpu: servers,
    ...totals,
    pings: 0,
    framesPerChunk: Number.NaN,
    closed: [],
  };
}

/** The two processes. They carry out one order at a time. */
class Halves implements AsyncDisposable {
  private readonly answers: PromiseWithResolvers<Totals>[] = [];
  private readonly processes: Subprocess[] = [0, 1].map((half) =>
    Bun.spawn([process.execPath, PEER], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (totals) => this.answers[half]!.resolve(totals as Totals),
    }),
  );

  get pids(): number[] {
    return this.processes.map(({ pid }) => pid);
  }

  /** Gives each its order and adds up their totals. Rejects where one of them ends. */
  async order(orderOf: (half: number) => Order): Promise<Totals> {
    const totals = await Promise.all(
      this.processes.map((half, index) => {
        const answer = Promise.withResolvers<Totals>();
        this.answers[index] = answer;
        half.send(orderOf(index));
        const ended = half.exited.then((code) => {
          throw new Error(`a process of the raw NATS loop ended with ${code}`);
        });
        return Promise.race([answer.promise, ended]);
      }),
    );
    return {
      sent: totals.reduce((sum, { sent }) => sum + sent, 0),
      received: totals.reduce((sum, { received }) => sum + received, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const half of this.processes) half.kill("SIGKILL");
    await Promise.all(this.processes.map(({ exited }) => exited));
  }
}
