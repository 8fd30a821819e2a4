/** `bun run release VERSION`: everything of a release that stays on this machine. */
import { parseArgs } from "node:util";
import { CannotRelease, release } from "./release.ts";

const HELP = `Makes a release on this machine: nothing is pushed, nothing published.

  bun run release VERSION [--dry-run] [--skip-ci]

  VERSION      as 1.2.3; CHANGELOG.md must have a section "## [1.2.3] - DATE" for it
  --dry-run    makes the checks, says what would be done, changes nothing
  --skip-ci    where .ci has run on this commit already
  --help       this

What was done already is left alone, so after a failure it is run again. Exit codes: 0 done, 1 failed, 2 wrong arguments.
`;

function leave(code: number, line: string): never {
  process.stderr.write(`release: ${line}\n`);
  process.exit(code);
}

function readArguments() {
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = { "dry-run": flag, "skip-ci": flag, help: { ...flag, short: "h" } } as const;
    return parseArgs({ args: process.argv.slice(2), allowPositionals: true, options });
  } catch (error) {
    leave(2, `${(error as Error).message.split(". ", 1)[0]}; see --help`);
  }
}

const { values, positionals } = readArguments();
const [version = "", ...more] = positionals;
if (values.help) {
  process.stdout.write(HELP);
} else if (more.length > 0 || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
  leave(2, "give one VERSION, as 1.2.3; see --help");
} else {
  try {
    release({ version, dry: values["dry-run"], skipChecks: values["skip-ci"], root: process.cwd() });
  } catch (error) {
    if (error instanceof CannotRelease) leave(1, error.message);
    throw error;
  }
}
