/** What `npm pack` would put into the package. */
import { beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json";
import { suiteUnless, withoutPrograms } from "../support/needs.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();

const ROOT = join(import.meta.dir, "../..");
/** 1.7 MiB when this was written, nearly all of it Drizzle. */
const MOST_BYTES = 2.5 * 2 ** 20;

interface Packed {
  readonly size: number;
  readonly bundled: string[];
  readonly files: { readonly path: string }[];
}

suiteUnless(withoutPrograms("npm", "node", "git"), "npm package", () => {
  let packed: Packed;
  beforeAll(() => {
    const env = { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env["PATH"]}` };
    const pack = Bun.spawnSync(["npm", "pack", "--dry-run", "--json"], { cwd: ROOT, env });
    expect([pack.exitCode, pack.exitCode === 0 || pack.stderr.toString()]).toEqual([0, true]);
    const text = pack.stdout.toString();
    [packed] = JSON.parse(text.slice(text.indexOf("["))) as [Packed];
  });

  test("holds what its users need, and nothing else of the checkout", () => {
    const { size, bundled, files } = packed;
    expect(bundled.toSorted()).toEqual(["drizzle-orm", "postgres"]);
    expect(size).toBeLessThan(MOST_BYTES);

    const own = files.map(({ path }) => path).filter((path) => !path.startsWith("node_modules/"));
    const rooms = new Set(own.map((path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : path)));
    const loose = ["CHANGELOG.md", "LICENSE", "README.md", "README.zh-CN.md", "package.json"];
    expect([...rooms].toSorted()).toEqual([...loose, "bin", "dist", "docs", "drizzle", "src"].toSorted());
    expect(own.filter((path) => /\.test\.|(^|\/)(data|\.env|bench|results?)\//.test(path))).toEqual(
      own.filter((path) => path.startsWith("src/catalogues/data/")),
    );
    const inDist = own.filter((path) => path.startsWith("dist/") && !path.startsWith("dist/types/"));
    expect(inDist.toSorted()).toEqual(["dist/client.js", "dist/commit"]);
    const needed = ["dist/types/client/index.d.ts", "drizzle/meta/_journal.json", manifest.bin.polyge];
    expect(own).toEqual(expect.arrayContaining(needed));
  });

  test("postgres goes along as it is patched: patches do not reach those who install the package", () => {
    const patch = readFileSync(join(ROOT, manifest.patchedDependencies["postgres@3.4.9"]), "utf8");
    const added = [...patch.matchAll(/^\+(?!\+\+)(.+)$/gm)].map(([, line]) => line!);
    const source = readFileSync(join(ROOT, "node_modules/postgres/src/connection.js"), "utf8");
    expect(added.filter((line) => !source.includes(line))).toEqual([]);
    expect(added.length).toBeGreaterThan(3);
  });

  test("started by Node.js it says in one line that it needs Bun, and how to get it", () => {
    const { stderr, exitCode } = Bun.spawnSync(["node", join(ROOT, manifest.bin.polyge)]);
    expect(stderr.toString()).toMatch(new RegExp(`^polyge: .*needs Bun ${manifest.engines.bun}: .*\n$`));
    expect(exitCode).toBe(1);
  });

  test("its client is typed for compilers that do not take .ts imports, and is one file for Node.js", () => {
    const types = readFileSync(join(ROOT, manifest.exports["./client"].types), "utf8");
    expect(types).not.toMatch(/from "\.[^"]*\.ts"/);
    const ask = `import(${JSON.stringify(join(ROOT, manifest.exports["./client"].default))}).then((m) => console.log(typeof m.Polyge))`;
    const { stdout } = Bun.spawnSync(["node", "-e", ask]);
    expect(stdout.toString()).toBe("function\n");
  });
});
