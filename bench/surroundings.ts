/** Where and on what a benchmark ran, for its report. */
import { availableParallelism, cpus, release, totalmem } from "node:os";

export interface Surroundings {
  readonly date: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly kernel: string;
  };
  /** By name. */
  readonly versions: Readonly<Record<string, string>>;
}

function firstLine(command: string[]): string {
  try {
    return Bun.spawnSync(command, { cwd: import.meta.dir })
      .stdout.toString()
      .trim();
  } catch {
    return "unknown";
  }
}

export async function surroundings(): Promise<Surroundings> {
  return {
    date: new Date().toISOString(),
    commit: firstLine(["git", "describe", "--always", "--dirty", "--abbrev=12"]),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      kernel: release(),
    },
    versions: {
      Bun: Bun.version,
      Node: firstLine(["node", "--version"]).replace(/^v/, ""),
      ws: (await import("ws/package.json")).version,
      "@node-rs/argon2": (await import("@node-rs/argon2/package.json")).version,
    },
  };
}
