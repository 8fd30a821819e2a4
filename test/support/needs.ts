/**
 * What tests need of the machine: other programs, services, rights. In CI everything must be there, and what is missing fails
 * the run; elsewhere the tests that need it are skipped by name, and say why.
 */
import { describe, test } from "bun:test";

/** Why something cannot be had here, in a few words; undefined: it can. */
export type Obstacle = string | undefined;

/** The first of these programs that is not on the PATH. */
export function withoutPrograms(...programs: string[]): Obstacle {
  const name = programs.find((program) => Bun.which(program) === null);
  return name === undefined ? undefined : `no ${name} on the PATH`;
}

/**
 * Skips a test or a suite by its name.
 * @returns whether it was; false: there is no obstacle, so it is the caller's to run
 * @throws Error in CI, where there is an obstacle
 */
export function skipped(name: string, obstacle: Obstacle): boolean {
  if (obstacle === undefined) return false;
  if (process.env["CI"]) throw new Error(`CI must run "${name}": ${obstacle}`);
  test.skip(`${name}: ${obstacle}`, () => {});
  return true;
}

/** A test that runs where there is no obstacle. @param limitMs longest that it may take; without it the file's default */
export function testUnless(obstacle: Obstacle, name: string, run: () => Promise<void>, limitMs?: number): void {
  if (!skipped(name, obstacle)) test(name, run, limitMs);
}

/** A suite that runs where there is no obstacle. */
export function suiteUnless(obstacle: Obstacle, name: string, suite: () => void): void {
  if (!skipped(name, obstacle)) describe(name, suite);
}
