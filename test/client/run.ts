/** `bun run test:sdk`: 10,000 messages each way between two clients of a server, over networks that fail 40 times each. */
import { startProcess } from "../support/processes.ts";
import { exchange } from "./network/exchange.ts";

const MESSAGES = 10_000;
const TROUBLES = 40;

const { child, url } = await startProcess({ REGISTRATIONS: "0", LOG_LEVEL: "warn" });
const outcome = await exchange(url, MESSAGES, TROUBLES);
child.kill();
await child.exited;

console.table(outcome);
const { lost, doubled, disordered } = outcome;
process.exit(lost + doubled + disordered === 0 ? 0 : 1);
