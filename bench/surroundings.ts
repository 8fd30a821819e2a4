/** Where and on what a benchmark ran, for its report. */
import { availableParallelism, cpus, release, totalmem } from "node:os";

function firstLine(command: string[]): string {
  try {
    return Bun.spawnSync(command, { cwd: import.meta.dir })
      .stdout.toString()
      .trim();
  } catch {
    return "unknown";
  }
}

export async function surroundings() {
  return {
    date: new Date().toISOString(),
    commit: firstLine(["git", "describe", "--always", "--dirty", "--abbrev=12"]),
    machine: {
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      kernel: release(),
    },
    versions: {
      bun: Bun.version,
      node: firstLine(["node", "--version"]),
      ws: (await import("ws/package.json")).version,
    },
  };
}
