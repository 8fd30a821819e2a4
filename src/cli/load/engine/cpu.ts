/** How busy a process is. 1 is one core, whichever threads share it. */
import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc: fixed at 100 for user space on Linux. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that processes have used, all threads, user and system; undefined where /proc does not say. */
function cpuSeconds(pids: readonly number[]): number | undefined {
  let ticks = 0;
  try {
    for (const pid of pids) {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The name in parentheses may hold blanks; fields 14 and 15 of proc(5), utime and stime, follow it.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    }
  } catch {
    return undefined;
  }
  return pids.length === 0 ? undefined : ticks / TICKS_PER_SECOND;
}

/** Cores used since the measurement began. */
export interface CpuUse {
  readonly seconds: number;
  /** By this process. */
  readonly client: number;
  /** By the servers together; undefined where /proc does not say, or there are none. */
  readonly servers: number | undefined;
}

/** Begins to measure this process and the servers; the returned function says how much until then. */
export function measureCpu(serverPids: readonly number[]): () => CpuUse {
  const started = performance.now();
  const clientBefore = process.cpuUsage();
  const before = cpuSeconds(serverPids);
  return () => {
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(clientBefore);
    const after = cpuSeconds(serverPids);
    return {
      seconds,
      client: (used.user + used.system) / 1e6 / seconds,
      servers: before === undefined || after === undefined ? undefined : (after - before) / seconds,
    };
  };
}
