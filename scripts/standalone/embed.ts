/**
 * The modules that the program in one file has in place of `src/shipped`: the same exports, with the files inside the
 * program. Text is copied in; what must be a file, or is large, is attached (`type: "file"`) and read from there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BunPlugin } from "bun";
import { catalogueFile, migrations, swaggerFile } from "../../src/shipped/files.ts";
import { SITE_FILES, siteText } from "../../src/shipped/site.ts";

const CATALOGUES = ["languages_cn.json", "languages_en.json", "locations_cn.json", "locations_en.json"];
const SWAGGER = ["swagger-ui.css", "swagger-ui-bundle.js"];
const PGLITE = { pgliteWasmModule: "pglite.wasm", initdbWasmModule: "initdb.wasm", fsBundle: "pglite.data" };

/**
 * Made before the build that it is for: a bundle made while another one is under way never comes.
 * @param argon2 the platform's own file, which takes the place of the package's search for it
 */
export async function embedFiles(argon2: string): Promise<BunPlugin> {
  const modules = { files: filesModule(), site: await siteModule() };
  return {
    name: "files inside the program",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]shipped[\\/](?:files|site)\.ts$/ }, ({ path }) => ({
        loader: "js",
        contents: modules[basename(path, ".ts") as keyof typeof modules],
      }));
      build.onLoad({ filter: /[\\/]@node-rs[\\/]argon2[\\/]index\.js$/ }, () => ({
        loader: "js",
        contents: argon2Module(argon2),
      }));
    },
  };
}

/**
 * Only a file can be loaded as a library. Bun would put it in the shared temporary folder, under a name that anybody can
 * foresee, and leave it there. Ours is in a folder that only its user can write to, and gone once it is loaded; but Windows
 * holds on to the file of a library, and one that Bun leaves is at least used again.
 */
function argon2Module(file: string): string {
  if (file.includes("win32")) return `module.exports = { ...require(${JSON.stringify(file)}) };`;
  return `
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import inside from ${JSON.stringify(file)} with { type: "file" };

const folder = mkdtempSync(join(tmpdir(), "polyge-argon2-"));
const library = { exports: {} };
try {
  const path = join(folder, "argon2.node");
  writeFileSync(path, readFileSync(inside));
  process.dlopen(library, path);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
export const { hash, verify } = library.exports;
`;
}

function filesModule(): string {
  const attached = new Map<string, string>();
  const attach = (path: string): string => {
    const name = `file${attached.size}`;
    attached.set(name, path);
    return name;
  };
  const table = (names: readonly string[], pathOf: (name: string) => string): string =>
    `{ ${names.map((name) => `${JSON.stringify(name)}: ${attach(pathOf(name))}`).join(", ")} }`;
  const pglite = (name: string) => fileURLToPath(import.meta.resolve(`@electric-sql/pglite/${name}`));
  const body = `
const catalogues = ${table(CATALOGUES, catalogueFile)};
const swagger = ${table(SWAGGER, swaggerFile)};
const sql = ${JSON.stringify(migrationFiles())};
let folder;

export function migrations() {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "polyge-migrations-"));
    mkdirSync(join(folder, "meta"));
    for (const [name, text] of Object.entries(sql)) writeFileSync(join(folder, name), text);
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}
export const catalogueFile = (name) => catalogues[name];
export const swaggerFile = (name) => swagger[name];
export const pgliteFiles = async () => ({
  pgliteWasmModule: await WebAssembly.compile(await Bun.file(${attach(pglite(PGLITE.pgliteWasmModule))}).arrayBuffer()),
  initdbWasmModule: await WebAssembly.compile(await Bun.file(${attach(pglite(PGLITE.initdbWasmModule))}).arrayBuffer()),
  fsBundle: Bun.file(${attach(pglite(PGLITE.fsBundle))}),
});
export const watchdogThread = () => "./src/watchdog.ts";
export const ownCommand = () => [process.execPath];
`;
  const imports = [...attached].map(
    ([name, path]) => `import ${name} from ${JSON.stringify(path)} with { type: "file" };`,
  );
  return `
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
${imports.join("\n")}
${body}`;
}

async function siteModule(): Promise<string> {
  const texts = await Promise.all(SITE_FILES.map(async (name) => [name, await siteText(name)]));
  return `
const texts = ${JSON.stringify(Object.fromEntries(texts))};
export const SITE_FILES = Object.keys(texts);
export const siteText = async (name) => texts[name];
`;
}

/** The SQL and the journal, which is all of the folder that a start reads. */
function migrationFiles(): Record<string, string> {
  const folder = migrations();
  const sql = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return Object.fromEntries(
    [...sql, join("meta", "_journal.json")].map((name) => [
      name === basename(name) ? name : "meta/_journal.json",
      readFileSync(join(folder, name), "utf8"),
    ]),
  );
}
