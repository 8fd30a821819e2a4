/** The server as its user starts it: a process of `src/main.ts`, on a port that stays the same over restarts. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/ports.ts";
import { until } from "../../support/until.ts";
import type { Address } from "./wire.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const START_MS = 30_000;
/** Longest that a request may take, in ms: a server that hangs is a finding, not a reason to wait. */
const REQUEST_MS = 5000;
const LOG_LINES = 200;

export class ServerProcess {
  readonly at: Address;
  readonly #environment: Record<string, string>;
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  /** The last lines that it wrote. */
  readonly lines: string[] = [];
  starts = 0;

  private constructor(at: Address, environment: Record<string, string>) {
    this.at = at;
    this.#environment = environment;
  }

  static async start(environment: Record<string, string>): Promise<ServerProcess> {
    const port = await freePort();
    const server = new ServerProcess(
      { host: "127.0.0.1", port },
      {
        HOST: "127.0.0.1",
        MESSAGE_RATE: "0",
        UPGRADES: "0",
        LOG_FORMAT: "json",
        LOG_LEVEL: "info",
        ...environment,
        PORT: String(port),
      },
    );
    await server.start();
    return server;
  }

  /** Starts it, again where it ended. @throws Error with its last lines where it does not listen in time */
  async start(): Promise<void> {
    const { CI: _, ...inherited } = process.env;
    const child = Bun.spawn([process.execPath, MAIN], {
      env: { ...inherited, ...this.#environment },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#child = child;
    let listens = false;
    this.#follow(child.stdout, (line) => (listens ||= line.includes(" listens on ")));
    this.#follow(child.stderr, () => {});
    await until("the server listens", () => listens || child.exitCode !== null || child.signalCode !== null, START_MS);
    if (!listens) throw new Error(`the server did not start:\n${this.lines.slice(-10).join("\n")}`);
    this.starts++;
  }

  get pid(): number {
    return this.#child!.pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends as it likes. @returns its exit code, null where a signal ended it, and how long that took in ms */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<{ code: number | null; ms: number }> {
    const child = this.#child!;
    const started = performance.now();
    child.kill(signal);
    await child.exited;
    return { code: child.exitCode, ms: performance.now() - started };
  }

  /** Waits for it to end by itself. */
  async ended(): Promise<number | null> {
    await this.#child!.exited;
    return this.#child!.exitCode;
  }

  /** Its resident set now, in MB. */
  memoryMb(): number {
    return this.#memory("VmRSS");
  }

  /** The largest that its resident set was since `forgetPeak`, in MB, as the kernel counts it. */
  peakMb(): number {
    return this.#memory("VmHWM");
  }

  /** From now on the peak is counted anew: proc_pid_clear_refs(5). Like all memory here it is known on Linux alone. */
  forgetPeak(): void {
    if (process.platform === "linux") writeFileSync(`/proc/${this.pid}/clear_refs`, "5");
  }

  #memory(name: "VmRSS" | "VmHWM"): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
      return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  /** A measurement of `/metrics`, by its name and labels as printed. */
  async metric(name: string): Promise<number> {
    const text = await (await this.#get("/metrics")).text();
    const line = text.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? Number.NaN);
  }

  /** The status of a path, 0 where nobody answers. */
  status(path: string): Promise<number> {
    return this.#get(path).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => 0,
    );
  }

  #get(path: string): Promise<Response> {
    const { host, port } = this.at;
    return fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(REQUEST_MS) });
  }

  async #follow(output: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of output) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        this.lines.push(line);
        if (this.lines.length > LOG_LINES) this.lines.shift();
        take(line);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.end("SIGKILL");
  }
}
