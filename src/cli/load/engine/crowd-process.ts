/**
 * A crowd as a process of its own. It is told what to do over IPC, one order at a time, answers each with a report, and
 * says every half second where it stands.
 */
import { Crowd, type CrowdOptions, type CrowdResult, type CrowdState, type Talk } from "./crowd.ts";

export type Order =
  | { readonly do: "connect"; readonly options: CrowdOptions }
  | ({ readonly do: "talk" } & Talk)
  | { readonly do: "finish" };

export type Report =
  | { readonly report: "state"; readonly state: CrowdState }
  | { readonly report: "done"; readonly order: Order["do"]; readonly state: CrowdState }
  | { readonly report: "result"; readonly result: CrowdResult }
  | { readonly report: "failed"; readonly reason: string };

const STATE_EVERY_MS = 500;

const report = (message: Report) => process.send?.(message);
let crowd: Crowd | undefined;

async function carryOut(order: Order): Promise<void> {
  if (order.do === "connect") {
    crowd = new Crowd(order.options);
    await crowd.connect();
  } else if (order.do === "talk") {
    await crowd!.talk(order);
  } else {
    report({ report: "result", result: crowd!.result() });
    await crowd!.close();
    process.exit(0);
  }
  report({ report: "done", order: order.do, state: crowd!.state() });
}

process.on("message", (order: Order) => {
  carryOut(order).catch((error) => {
    report({ report: "failed", reason: error instanceof Error ? error.message : String(error) });
  });
});
// Whoever started it is gone: so is the crowd.
process.on("disconnect", () => process.exit(1));
setInterval(() => crowd && report({ report: "state", state: crowd.state() }), STATE_EVERY_MS);
