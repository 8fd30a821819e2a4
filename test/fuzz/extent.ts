/** How long to fuzz, and from which seed: a little of one seed in the suite, anything by `bun run test:fuzz`. */

/** Beside the environment of `bun run test:fuzz`, which sets both. */
export const SEED = Number(process.env["FUZZ_SEED"] ?? 1);
/** For each of the things that are fuzzed; undefined: as few runs as the suite has time for. */
export const SECONDS = process.env["FUZZ_SECONDS"] === undefined ? undefined : Number(process.env["FUZZ_SECONDS"]);

/** Longest that a test may take, in ms. */
export const LIMIT_MS = 60_000 + 2000 * (SECONDS ?? 0);

/** What fast-check is told. @param few runs in the suite */
export const extent = (few: number) =>
  SECONDS === undefined
    ? { seed: SEED, numRuns: few }
    : {
        seed: SEED,
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: SECONDS * 1000,
        markInterruptAsFailure: false,
      };

/** Said where somebody fuzzes by hand. */
export function say(what: string, count: number): void {
  if (SECONDS !== undefined) console.log(`${what}: ${count} with seed ${SEED}, all well`);
}
