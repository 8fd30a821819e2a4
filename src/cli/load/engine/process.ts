/** The load client as a process of its own: options as JSON on stdin, the result as one JSON line on stdout. */
import { closedLoop } from "./closed-loop.ts";

try {
  const result = await closedLoop(await Bun.stdin.json());
  await Bun.write(Bun.stdout, `${JSON.stringify(result)}\n`);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
