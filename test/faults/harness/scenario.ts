/** What a scenario is, and how one is run. */
import { type Kind, NO_POSTGRES } from "../../support/databases.ts";
import type { Obstacle } from "../../support/needs.ts";
import type { Row } from "./ledger.ts";
import { World } from "./world.ts";

/** `small`: a few seconds, for every run of the tests. `full`: half a minute or more. */
export type Size = "small" | "full";

export interface Scenario {
  readonly name: string;
  readonly databases: readonly Kind[];
  /** Why this machine cannot run it; undefined: it can. */
  obstacle?(): Obstacle;
  run(world: World, size: Size): Promise<void>;
}

/** Why this machine cannot run it on this database. */
export const obstacleOf = (scenario: Scenario, kind: Kind): Obstacle =>
  scenario.obstacle?.() ?? (kind === "postgres" ? NO_POSTGRES : undefined);

/** Runs it once. What is thrown on the way ends in the row, since the row is wanted all the more then. */
export async function runScenario(scenario: Scenario, kind: Kind, size: Size): Promise<Row> {
  const world = new World(scenario.name, kind);
  try {
    await scenario.run(world, size);
  } catch (error) {
    world.aborted = true;
    world.row.wrong.push(error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error));
  }
  return world.close();
}
