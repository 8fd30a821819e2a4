import type { SocketClass } from "../../../src/client/index.ts";
import { accounts } from "./accounts.ts";
import { people } from "./people.ts";
import { talking } from "./talking.ts";
import { trouble } from "./trouble.ts";
import { type Places, type Scenario, World } from "./world.ts";

export const SCENARIOS: readonly Scenario[] = [...accounts, ...people, ...talking, ...trouble];

/** What takes longer hangs. */
const LIMIT_MS = 10_000;

/** @returns what went wrong; undefined: nothing */
export async function runScenario(
  name: string,
  places: Places,
  socketClass?: SocketClass,
): Promise<string | undefined> {
  const world = new World(places, socketClass);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const limit = new Promise<never>((_, reject) => {
      // Time: a limit, past which the scenario has failed.
      timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
    });
    await Promise.race([SCENARIOS.find((each) => each.name === name)!.run(world), limit]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  } finally {
    clearTimeout(timer);
    world.close();
  }
}
