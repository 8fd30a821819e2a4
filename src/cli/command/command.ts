/** What commands have in common: how arguments are read, and how a command ends. */
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

/** @throws WrongArguments where it is no whole number from `least` to `most` */
export function whole(name: string, text: string | undefined, most: number, least = 1): number {
  if (text === undefined) throw new WrongArguments(`--${name} is missing; see --help`);
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new WrongArguments(
    `--${name} takes a whole number from ${least} to ${most.toLocaleString("en")}, not ${JSON.stringify(text)}`,
  );
}

/**
 * What a script is asked for, which has `--help` beside its own options. Ends the process where that is the help, exit code 0,
 * or where it is wrong: one line on stderr, exit code 2.
 * @param read what to make of the words; throws WrongArguments
 */
export function askedOf<const T extends ParseArgsConfig, Asked>(
  name: string,
  help: string,
  config: T,
  read: (words: ReturnType<typeof parseArgs<T>>) => Asked,
): Asked {
  try {
    const options = { ...config.options, help: { type: "boolean", short: "h", default: false } } as const;
    const words = parse({ ...config, options });
    if (!(words.values as { help?: boolean }).help) return read(words as never);
    process.stdout.write(help);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof WrongArguments)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(BAD_ARGUMENT);
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
