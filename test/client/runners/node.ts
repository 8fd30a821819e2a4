/** Runs every scenario in Node.js: `node THIS PLACES`, one JSON line for each on stdout: its name, and what went wrong. */
import WebSocket from "ws";
import { runScenario, SCENARIOS } from "../scenarios/all.ts";

const places = JSON.parse(process.argv[2]!);
for (const { name } of SCENARIOS) {
  console.log(JSON.stringify([name, (await runScenario(name, places, WebSocket)) ?? null]));
}
