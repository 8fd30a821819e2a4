/** How busy a process is. 1 is one core, whichever threads share it. */
import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc: fixed at 100 for user space on Linux. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used, all threads, user and system; undefined where /proc does not say. */
function cpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold blanks; fields 14 and 15 of proc(5), utime and stime, follow it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** Begins to measure this process and, where one is given, the server; the returned function ends it. */
export function measureCpu(serverPid?: number): () => { seconds: number; client: number; server: number | undefined } {
  const started = performance.now();
  const clientBefore = process.cpuUsage();
  const serverBefore = serverPid === undefined ? undefined : cpuSeconds(serverPid);
  return () => {
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(clientBefore);
    const serverAfter = serverPid === undefined ? undefined : cpuSeconds(serverPid);
    return {
      seconds,
      client: (used.user + used.system) / 1e6 / seconds,
      server:
        serverBefore === undefined || serverAfter === undefined ? undefined : (serverAfter - serverBefore) / seconds,
    };
  };
}
