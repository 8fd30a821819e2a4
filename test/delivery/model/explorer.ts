/** Something that can happen next. */
export interface Action {
  readonly name: string;
  run(): void;
}

/** One run of the code under test. Everything that could happen in more than one order is an action. */
export interface World {
  /** What can happen next; none: the run is over. The same prefix of actions always leads to the same choices. */
  choices(): Action[];
  /** Throws where a rule is broken; asked once for each way into a state. */
  check(): void;
  /** Equal for two states only where everything that can follow is equal too. */
  fingerprint(): string;
  /** Checks the end of a run. */
  finish(): void;
}

export interface Explored {
  /** Runs to an end that was checked. */
  paths: number;
  /** Different states seen. */
  states: number;
  /** Runs begun, those included that came to a state seen before. */
  runs: number;
  deepest: number;
  /** The different ends, by fingerprint. */
  ends: Set<bigint | number>;
}

/** A run that broke a rule, with all that led to it. */
export class Counterexample extends Error {
  constructor(
    readonly rule: string,
    readonly steps: readonly string[],
  ) {
    super(`${rule}\n${steps.map((step, index) => `  ${index + 1}. ${step}`).join("\n")}`);
  }
}

/**
 * Tries every order of actions, depth first. A state cannot be copied, so each run starts from nothing and repeats its
 * prefix; one that comes to a state seen before ends there.
 * @throws Counterexample the first that is found
 * @throws Error past `maxRuns`: a search cut short has shown nothing
 */
export function explore(begin: () => World, maxRuns: number, prune = true): Explored {
  const seen = new Set<bigint | number>();
  const path: { taken: number; of: number }[] = [];
  const result: Explored = { paths: 0, states: 0, runs: 0, deepest: 0, ends: new Set() };
  do {
    if (++result.runs > maxRuns) throw new Error(`${maxRuns} runs were not enough: ${result.states} states so far`);
    const steps: string[] = [];
    try {
      const world = begin();
      for (const { taken } of path) step(world.choices()[taken]!, steps);
      world.check();
      while (isNew(world)) {
        const actions = world.choices();
        if (actions.length === 0) {
          result.ends.add(Bun.hash(world.fingerprint()));
          world.finish();
          result.paths++;
          break;
        }
        path.push({ taken: 0, of: actions.length });
        step(actions[0]!, steps);
        world.check();
      }
    } catch (error) {
      if (error instanceof Error) throw new Counterexample(error.message, steps);
      throw error;
    }
    result.deepest = Math.max(result.deepest, path.length);
    while (path.length > 0 && ++path.at(-1)!.taken >= path.at(-1)!.of) path.pop();
  } while (path.length > 0);
  return result;

  function isNew(world: World): boolean {
    result.states++;
    if (!prune) return true;
    const print = Bun.hash(world.fingerprint());
    if (seen.has(print)) {
      result.states--;
      return false;
    }
    seen.add(print);
    return true;
  }
}

function step(action: Action, steps: string[]): void {
  steps.push(action.name);
  action.run();
}
