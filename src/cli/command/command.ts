/** What the commands of operators have in common: how arguments are read, and how a command ends. */
import { type ParseArgsConfig, parseArgs } from "node:util";

const FAILED = 1;
const BAD_ARGUMENT = 2;

/** What is wrong with the arguments, in one line. */
export class WrongArguments extends Error {}

/** `parseArgs`, its message without the advice. @throws WrongArguments */
export function parse<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new WrongArguments(`${(error as Error).message.split(/\. |\n/, 1)[0]!}; see --help`);
  }
}

/**
 * Runs a command to its end, which is the process's: exit code 0, or one line on stderr and 1, for wrong arguments 2.
 * @param reasonOf why it failed, in one line; undefined: a bug, which is thrown
 */
export async function runCommand(
  name: string,
  run: () => Promise<void>,
  reasonOf: (error: unknown) => string | undefined,
): Promise<never> {
  try {
    await run();
    process.exit(0);
  } catch (error) {
    const wrong = error instanceof WrongArguments;
    const reason = wrong ? error.message : reasonOf(error);
    if (reason === undefined) throw error;
    process.stderr.write(`${name}: ${reason}\n`);
    process.exit(wrong ? BAD_ARGUMENT : FAILED);
  }
}
