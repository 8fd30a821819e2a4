/** Every scenario at small size; `bun run test:faults` runs them at full size. */
import { expect, test } from "bun:test";
import pLimit from "p-limit";
import { skipped } from "../support/needs.ts";
import { HEADINGS, lineOf } from "./harness/report.ts";
import { obstacleOf, runScenario } from "./harness/scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const LIMIT_MS = 180_000;
/** Scenarios that run at the same time: they wait more than they compute. */
const AT_ONCE = 3;
const turns = pLimit(AT_ONCE);

console.log(HEADINGS.join(" | "));
for (const scenario of SCENARIOS) {
  for (const kind of scenario.databases) {
    const name = `faults: ${scenario.name} [${kind}]`;
    if (skipped(name, obstacleOf(scenario, kind))) continue;
    test.concurrent(
      name,
      () =>
        turns(async () => {
          const row = await runScenario(scenario, kind, "small");
          console.log(lineOf(row));
          expect([row.lost, row.wrong]).toEqual([0, []]);
        }),
      LIMIT_MS,
    );
  }
}
