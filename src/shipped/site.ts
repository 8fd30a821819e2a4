/** What a browser is sent of `src/web`. As with files.ts, the program in one file has it inside, made when it was built. */
import { fileURLToPath } from "node:url";

/** As they are named in `src/web`. */
export const SITE_FILES = [
  "index.html",
  "main.tsx",
  "check.js",
  "style/style.css",
  "icon.svg",
  "status/status.html",
  "status/main.tsx",
  "status/status.css",
] as const;
export type SiteFile = (typeof SITE_FILES)[number];

/** A file's text as a browser takes it: scripts and styles with all that they import; what is for old browsers, as it is. */
export const siteText = (name: SiteFile): Promise<string> =>
  /\.(?:tsx|css)$/.test(name) ? bundled(name) : Bun.file(sourceOf(name)).text();

const sourceOf = (name: SiteFile): string => fileURLToPath(new URL(`../web/${name}`, import.meta.url));

async function bundled(name: SiteFile): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [sourceOf(name)],
    target: "browser",
    minify: true,
    // Said here, since an image has no tsconfig.json beside its sources.
    jsx: { runtime: "automatic", importSource: "preact", development: false },
  });
  return outputs[0]!.text();
}
