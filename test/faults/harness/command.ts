/** System programs, run to their end. */

/** @throws Error with what it wrote to stderr where it fails */
export function run(command: readonly string[], options: { cwd?: string } = {}): string {
  const result = Bun.spawnSync([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe", ...options });
  if (result.exitCode === 0) return result.stdout.toString();
  throw new Error(`${command.join(" ")}: ${result.stderr.toString().trim() || `exit code ${result.exitCode}`}`);
}

export const isRoot = (): boolean => process.getuid?.() === 0;
