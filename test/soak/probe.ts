/** Preloaded into the server of a soak: on SIGUSR2 it collects its garbage and prints what is left on the heap, by kind. */
import { heapStats } from "bun:jsc";
import { HEAP } from "./heap.ts";

process.on("SIGUSR2", () => {
  Bun.gc(true);
  process.stdout.write(`${HEAP}${JSON.stringify(heapStats().objectTypeCounts)}\n`);
});
