/** `bun run test:sdk`: 10,000 messages each way between two clients of a server, over networks that fail 40 times each. */
import { dropDatabases } from "../support/databases.ts";
import { startProcess } from "../support/processes.ts";
import { exchange } from "./network/exchange.ts";

const MESSAGES = 10_000;
const TROUBLES = 40;

const { child, url } = await startProcess({ REGISTRATIONS: "0", LOG_LEVEL: "warn" });
const outcome = await exchange(url, MESSAGES, TROUBLES);
child.kill();
await child.exited;
await dropDatabases();

console.table(outcome);
const { lost, doubled, disordered } = outcome;
process.exit(lost + doubled + disordered === 0 ? 0 : 1);
