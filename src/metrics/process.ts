/** What any process has. */
import { totalmem } from "node:os";
import type { Relay } from "../socket/relay.ts";
import type { Measure } from "./measure.ts";

export const PROCESS_MEASURES: readonly Measure<{ readonly relay: Relay }>[] = [
  {
    name: "polyge_event_loop_lag_seconds",
    type: "histogram",
    help: "How late a timer of 50 ms fired: for so long nothing else was done either; sampled 20 times a second",
    read: ({ relay }) => relay.clock.lag,
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory",
    read: () => process.memoryUsage.rss(),
  },
  {
    name: "polyge_memory_limit_bytes",
    type: "gauge",
    help: "Memory that the process may use: its control group's, else the machine's",
    read: () => process.constrainedMemory() || totalmem(),
  },
  {
    name: "polyge_heap_used_bytes",
    type: "gauge",
    help: "Memory used on the JavaScript heap",
    // Throws when no file descriptor is free: the very moment to look at the others.
    read: () => process.memoryUsage().heapUsed,
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "CPU time used, all threads, user and system",
    read() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process started, in seconds since 1970",
    read: () => performance.timeOrigin / 1000,
  },
];
