/** The service as several processes, started as its user starts it. */
import { join } from "node:path";
import { until } from "../support/until.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");
const START_MS = 30_000;

export type Program = Bun.Subprocess<"ignore", "pipe", "pipe">;

export const spawn = (environment: Record<string, string>, ...words: string[]): Program =>
  Bun.spawn([process.execPath, MAIN, ...words], {
    env: { PATH: process.env["PATH"] ?? "", HOST: "127.0.0.1", PORT: "0", LOG_FORMAT: "json", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Runs to the end. */
export async function outcome(environment: Record<string, string>, ...words: string[]) {
  const child = spawn(environment, ...words);
  const [code, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, out, err };
}

/** Processes that this one started and that run. */
export function childrenOf(pid: number): number[] {
  const table = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid=,stat="]).stdout.toString();
  return table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === pid && !state!.startsWith("Z"))
    .map(([child]) => Number(child));
}

export function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export class Processes {
  readonly supervisor: Program;
  readonly lines: string[] = [];
  url = "";

  private constructor(supervisor: Program) {
    this.supervisor = supervisor;
  }

  static async start(environment: Record<string, string>, ...words: string[]): Promise<Processes> {
    const processes = new Processes(spawn(environment, ...words));
    void processes.#follow();
    await until("all workers are ready", () => processes.url !== "" || !processes.runs, START_MS);
    if (processes.url === "") throw new Error(`did not start: ${await processes.supervisor.stderr.text()}`);
    return processes;
  }

  get runs(): boolean {
    return this.supervisor.exitCode === null && this.supervisor.signalCode === null;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  get pids(): number[] {
    return childrenOf(this.supervisor.pid);
  }

  /** The log lines that say this. */
  logged(message: string): Record<string, unknown>[] {
    const entries = this.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    return entries.filter(({ msg }) => msg === message);
  }

  /** Asks on a connection of its own, so that any worker may get it. */
  get(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { Connection: "close" }, keepalive: false });
  }

  /** Measurements whose name and labels match, by what is printed of them. */
  async measured(pattern: RegExp): Promise<Map<string, number>> {
    const rows = (await (await this.get("/metrics")).text()).split("\n").filter((row) => pattern.test(row));
    return new Map(
      rows.map((row) => [row.slice(0, row.lastIndexOf(" ")), Number(row.slice(row.lastIndexOf(" ") + 1))]),
    );
  }

  /** Asks until every worker has answered `/version`. @returns how often each did */
  async untilAllServe(count: number): Promise<number[]> {
    const pattern = /^polyge_http_request_duration_seconds_count\{.*route="\/version"/;
    for (;;) {
      await Promise.all(Array.from({ length: 20 }, async () => (await this.get("/version")).text()));
      const answered = await this.measured(pattern);
      if (answered.size >= count) return [...answered.values()];
    }
  }

  async end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null> {
    this.supervisor.kill(signal);
    await this.supervisor.exited;
    return this.supervisor.exitCode;
  }

  async #follow(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of this.supervisor.stdout) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      this.url ||= /listens on (\S+)/.exec(lines.join("\n"))?.[1] ?? "";
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.runs) await this.end("SIGTERM");
  }
}
