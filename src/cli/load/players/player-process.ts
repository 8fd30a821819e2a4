/** A client process: carries out orders that come over IPC, several at a time, and answers each. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Answered, Asked, Order, Part, Sample } from "./orders.ts";
import { Player } from "./player.ts";

const LAG_RESOLUTION_MS = 5;

const answer = (message: Answered) => void process.send?.(message);
const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
lag.enable();
let player: Player | undefined;
let cpu = process.cpuUsage();
let sampled = performance.now();
let waited = waitedSeconds();

/** How long this thread has waited for a core so far, in seconds; 0 where the system does not say (Linux does). */
function waitedSeconds(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[1]) / 1e9;
  } catch {
    return 0;
  }
}

function sample({ books }: Player): Sample {
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - sampled) / 1000;
  const starved = (waitedSeconds() - waited) / seconds;
  waited = waitedSeconds();
  cpu = process.cpuUsage();
  sampled = performance.now();
  const lagMs = lag.percentile(99) / 1e6;
  lag.reset();
  return {
    counts: books.counts(),
    latency: books.recentLatency.take(),
    connect: books.recentConnect.take(),
    cpu: (used.user + used.system) / 1e6 / seconds,
    starved,
    lagMs: Number.isFinite(lagMs) ? lagMs : 0,
  };
}

async function carryOut(id: number, order: Order, own: Player): Promise<void> {
  if (order.do === "open") await own.open(order.sleepers, order.most);
  else if (order.do === "leave") await own.leave();
  else if (order.do === "talk") await own.talk(order);
  else if (order.do === "churn") await own.churn(order);
  else if (order.do === "storm") await own.storm(order.seconds);
  else if (order.do === "stop") own.stop();
  else if (order.do === "sample") return answer({ id, open: own.books.open, sample: sample(own) });
  else {
    answer({ id, open: own.books.open, outcome: own.outcome() });
    await own.close();
    process.exit(0);
  }
  answer({ id, open: own.books.open });
}

process.on("message", (message: Asked | { readonly part: Part }) => {
  if ("part" in message) {
    player = new Player(message.part);
    return;
  }
  carryOut(message.id, message.order, player!).catch((error) => {
    answer({ id: message.id, failed: error instanceof Error ? error.message : String(error) });
  });
});
// Whoever started it is gone: so is the crowd. An interrupt from the keyboard reaches all: the conductor decides.
process.on("disconnect", () => process.exit(1));
process.on("SIGINT", () => {});
