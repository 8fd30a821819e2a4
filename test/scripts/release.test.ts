/** `bun run release`, dry, in a clone of this checkout. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const clone = mkdtempSync(join(tmpdir(), "polyge-release-"));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function git(...words: string[]): string {
  const person = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  const { success, stdout, stderr } = Bun.spawnSync(["git", ...person, ...words], { cwd: clone });
  if (!success) throw new Error(stderr.toString());
  return stdout.toString().trim();
}

function release(...words: string[]) {
  const script = join(ROOT, "scripts/release/main.ts");
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script, ...words], { cwd: clone });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

const changelog = join(clone, "CHANGELOG.md");
function writeChangelog(text: string): void {
  writeFileSync(changelog, text);
  git("commit", "--quiet", "--all", "--message", "changelog");
}

beforeAll(() => {
  git("clone", "--quiet", "--depth", "1", `file://${ROOT}`, clone);
});

test("a version without a section, a date or a word in the changelog is not released", () => {
  expect(release("9.8.7", "--dry-run")).toMatchObject({
    exitCode: 1,
    stderr: 'release: CHANGELOG.md has no section "## [9.8.7] - DATE"\n',
  });
  writeChangelog("## [9.8.7] - unreleased\n\n- x\n");
  expect(release("9.8.7", "--dry-run").stderr).toContain("[9.8.7] has no date");
  writeChangelog("## [9.8.7] - 2030-12-31\n\n## [9.8.6] - 2030-12-30\n\n- x\n");
  expect(release("9.8.7", "--dry-run").stderr).toContain("[9.8.7] is empty");
});

test("dry, it says every step in order and changes nothing", () => {
  writeChangelog("## [9.8.7] - 2030-12-31\n\n- x\n");
  const before = [git("rev-parse", "HEAD"), git("tag"), readFileSync(join(clone, "package.json"), "utf8")];
  const { exitCode, stdout } = release("9.8.7", "--dry-run");
  expect(exitCode).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ").slice(0, 3).join(" ")),
  ).toEqual([
    "check that the",
    "would set the",
    expect.stringMatching(/^would run \.ci/),
    "would build the",
    "would pack the",
    "would write dist/v9.8.7/SHA256SUMS",
    "would make the",
    "then it is",
  ]);
  expect([git("rev-parse", "HEAD"), git("tag"), readFileSync(join(clone, "package.json"), "utf8")]).toEqual(before);
  expect(git("status", "--porcelain")).toBe("");
});

test("a changed tree, a tag on another commit and wrong arguments end it in one line", () => {
  writeChangelog("## [9.8.7] - 2030-12-31\n\n- y\n");
  writeFileSync(join(clone, "new.txt"), "");
  expect(release("9.8.7", "--dry-run")).toMatchObject({
    exitCode: 1,
    stderr: "release: commit or drop first: ?? new.txt\n",
  });
  rmSync(join(clone, "new.txt"));
  git("tag", "v9.8.7");
  expect(release("9.8.7", "--dry-run")).toMatchObject({ exitCode: 0 });
  writeChangelog("## [9.8.7] - 2030-12-31\n\n- z\n");
  expect(release("9.8.7", "--dry-run").stderr).toContain("v9.8.7 is the tag of another commit");
  for (const words of [[], ["1.2"], ["1.2.3", "x"], ["1.2.3", "--push"]]) {
    const { exitCode, stderr } = release(...words);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^release: .+; see --help\n$/)]);
  }
});
