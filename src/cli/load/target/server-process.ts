/** A server as a process of its own, which is there once it has printed its URL. */

/** Longest until it prints it. */
const START_MS = 30_000;
/** A server stops within 10 s. */
const STOP_MS = 12_000;

export interface ServerProgram {
  /** For what is said of it. */
  readonly name: string;
  readonly command: readonly string[];
  /** Added to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServerProcess extends AsyncDisposable {
  /** ws://127.0.0.1:port/wsconn */
  readonly url: string;
  readonly pid: number;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
}

/**
 * @param aside not in the terminal's group: an interrupt from the keyboard does not reach it
 * @param startMs longest until it says its URL
 * @throws Error where the server does not say its URL in time; no process stays behind
 */
export async function startServer(program: ServerProgram, aside = false, startMs = START_MS): Promise<ServerProcess> {
  const { name, command, environment } = program;
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    detached: aside,
  });
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, STOP_MS);
    await child.exited;
    clearTimeout(timer);
    process.off("exit", kill);
  };
  const ended = child.exited.then((code) => `the server ended, with ${child.signalCode ?? code}`);
  let why = "it ended before it said its URL";
  const timer = setTimeout(() => {
    why = `it did not say its URL within ${startMs / 1000} s`;
    kill();
  }, startMs);
  const { port, said } = await printedPort(child.stdout);
  clearTimeout(timer);
  if (port !== undefined) {
    return { url: `ws://127.0.0.1:${port}/wsconn`, pid: child.pid, ended, [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new Error(`${name} did not start: ${why}${said === "" ? "" : `: ${said}`}`);
}

/** The port of the first URL that the process prints, whose further output is dropped; where there is none, what it said. */
async function printedPort(output: ReadableStream<Uint8Array>): Promise<{ port?: string; said: string }> {
  const reader = output.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return { said: text.trim() };
    text += decoder.decode(value, { stream: true });
    const port = /https?:\/\/[^\s:]+:(\d+)\s/.exec(text)?.[1];
    if (port === undefined) continue;
    const drop = async () => {
      while (!(await reader.read()).done);
    };
    drop().catch(() => {});
    return { port, said: text };
  }
}
