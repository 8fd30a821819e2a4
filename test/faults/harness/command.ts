/** System programs, run to their end. */

/** @throws Error with what it wrote to stderr where it fails */
export function run(command: readonly string[], options: { cwd?: string } = {}): string {
  const result = Bun.spawnSync([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe", ...options });
  if (result.exitCode === 0) return result.stdout.toString();
  throw new Error(`${command.join(" ")}: ${result.stderr.toString().trim() || `exit code ${result.exitCode}`}`);
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Why the first program of these that is missing is needed; undefined: all are there. */
export function missing(...programs: string[]): string | undefined {
  const name = programs.find((program) => Bun.which(program) === null);
  return name === undefined ? undefined : `needs the program ${name}`;
}
