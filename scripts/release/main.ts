/** `bun run release VERSION`: everything of a release that stays on this machine. */
import { askedOf, WrongArguments } from "../../src/cli/command/command.ts";
import { CannotRelease, release } from "./release.ts";

const HELP = `Makes a release on this machine: nothing is pushed, nothing published.

  bun run release VERSION [--dry-run] [--skip-ci]

  VERSION      as 1.2.3; CHANGELOG.md must have a section "## [1.2.3] - DATE" for it
  --dry-run    makes the checks, says what would be done, changes nothing
  --skip-ci    where .ci has run on this commit already
  --help       this

What was done already is left alone, so after a failure it is run again. Exit codes: 0 done, 1 failed, 2 wrong arguments.
`;

const flag = { type: "boolean", default: false } as const;
const CONFIG = { options: { "dry-run": flag, "skip-ci": flag }, allowPositionals: true } as const;
const asked = askedOf("release", HELP, CONFIG, ({ values, positionals }) => {
  const [version = "", ...more] = positionals;
  if (more.length === 0 && /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    return { version, dry: values["dry-run"], skipChecks: values["skip-ci"], root: process.cwd() };
  }
  throw new WrongArguments("give one VERSION, as 1.2.3; see --help");
});

try {
  release(asked);
} catch (error) {
  if (!(error instanceof CannotRelease)) throw error;
  process.stderr.write(`release: ${error.message}\n`);
  process.exit(1);
}
