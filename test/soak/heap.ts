/** Asks a server that has `probe.ts` what is on its heap. */
import { fileURLToPath } from "node:url";
import type { ServerProcess } from "../faults/harness/server.ts";
import { until } from "../support/until.ts";

/** What a line begins with that holds an answer. */
export const HEAP = "heap: ";

const PROBE = fileURLToPath(new URL("./probe.ts", import.meta.url));

/** What the server's process must be started with. */
export const WITH_PROBE = { BUN_OPTIONS: `--preload ${PROBE}` };

/** Objects by kind, after a full collection. */
export async function heapOf(server: ServerProcess): Promise<Record<string, number>> {
  const answers = () => server.lines.filter((line) => line.startsWith(HEAP));
  const before = answers().length;
  process.kill(server.pid, "SIGUSR2");
  await until("the server shows its heap", () => answers().length > before);
  return JSON.parse(answers().at(-1)!.slice(HEAP.length));
}
