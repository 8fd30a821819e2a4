/** The steps of a release. Each says what it does, and does nothing where that is done. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why there is no release, in one line. */
export class CannotRelease extends Error {}

export interface Order {
  /** As 1.2.3. */
  readonly version: string;
  /** Say it only. */
  readonly dry: boolean;
  readonly skipChecks: boolean;
  /** The checkout. */
  readonly root: string;
}

const SUMS = "SHA256SUMS";
const CHECKS = [".ci/run"];

/** @throws CannotRelease */
export function release({ version, dry, skipChecks, root }: Order): void {
  const tag = `v${version}`;
  const folder = join("dist", tag);
  const git = (...words: string[]) => output(root, "git", ...words).trim();

  const step = (what: string, act: () => void) => {
    console.log(`${dry ? "would " : ""}${what}`);
    if (!dry) act();
  };

  console.log("check that the tree is clean and the changelog knows the version");
  const changed = git("status", "--porcelain");
  if (changed !== "") throw new CannotRelease(`commit or drop first: ${changed.split("\n").join(", ")}`);
  checkChangelog(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  const tagged = git("tag", "--list", tag) === "" ? undefined : git("rev-parse", `${tag}^{commit}`);
  if (tagged !== undefined && tagged !== git("rev-parse", "HEAD")) {
    throw new CannotRelease(`${tag} is the tag of another commit, ${tagged.slice(0, 12)}`);
  }

  const manifest = join(root, "package.json");
  const text = readFileSync(manifest, "utf8");
  const versioned = text.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`);
  if (versioned !== text) {
    step(`set the version to ${version}, and commit it`, () => {
      writeFileSync(manifest, versioned);
      git("commit", "--quiet", "--message", `Version ${version}`, "package.json");
    });
  }

  if (skipChecks) console.log(`take it that ${CHECKS.join(" ")} has passed`);
  else step(`run ${CHECKS.join(" ")}`, () => shown(root, ...CHECKS));

  step(`build the program for every platform into ${folder}`, () => {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
    shown(root, process.execPath, "run", "--silent", "build", "--target", "all", "--out", folder);
  });
  step("pack the npm package, with the client for browsers and Node.js in it", () =>
    shown(root, "npm", "pack", "--silent", "--pack-destination", folder),
  );
  step(`write ${folder}/${SUMS}`, () => writeSums(join(root, folder)));
  if (tagged === undefined) {
    step(`make the tag ${tag}`, () => git("tag", "--annotate", tag, "--message", `Polyge ${version}`));
  }
  console.log(`${dry ? "then" : "now"} it is yours to push: git push origin HEAD ${tag}; the files are in ${folder}`);
}

/** @throws CannotRelease where the version has no section, or one without a date or without a word */
function checkChangelog(changelog: string, version: string): void {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((each) => each.startsWith(`[${version}]`));
  if (!section) throw new CannotRelease(`CHANGELOG.md has no section "## [${version}] - DATE"`);
  const [head = "", ...lines] = section.split("\n");
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(head))
    throw new CannotRelease(`CHANGELOG.md: [${version}] has no date, as 2030-12-31`);
  if (lines.join("").trim() === "") throw new CannotRelease(`CHANGELOG.md: [${version}] is empty`);
}

/** As `sha256sum --check` reads them. */
function writeSums(folder: string): void {
  const names = readdirSync(folder).filter((name) => name !== SUMS);
  const lines = names.toSorted().map((name) => {
    const sum = new Bun.CryptoHasher("sha256").update(readFileSync(join(folder, name))).digest("hex");
    return `${sum}  ${name}\n`;
  });
  writeFileSync(join(folder, SUMS), lines.join(""));
}

function output(cwd: string, ...command: string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync(command, { cwd });
  if (!success) throw new CannotRelease(`${command.join(" ")}: ${stderr.toString().trim()}`);
  return stdout.toString();
}

function shown(cwd: string, ...command: string[]): void {
  const { success } = Bun.spawnSync(command, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (!success) throw new CannotRelease(`failed: ${command.join(" ")}`);
}
