/**
 * The web client at `/`: bundled in memory from `src/web` when it is first asked for, so that no start waits for it and no
 * build step can be forgotten.
 */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Call, call } from "./call.ts";
import { DATA_POLICY } from "./reply.ts";
import { Stored } from "./stored.ts";

/**
 * Scripts and styles of this server only, none inline; WebAssembly for the SDK's CRC-32; pictures and recordings from
 * wherever people keep theirs.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' http: https: data:; " +
  "media-src 'self' http: https:; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** A part's URL names its content: kept for good. */
const KEPT = "public, max-age=31536000, immutable";
/** The page, and a part that an older or newer page asks for by another content's name. */
const ASKED_AGAIN = "no-cache";

const PARTS = {
  app: { path: "/web/app.js", type: "text/javascript; charset=utf-8", source: "main.tsx" },
  check: { path: "/web/check.js", type: "text/javascript; charset=utf-8", source: "check.js" },
  style: { path: "/web/style.css", type: "text/css; charset=utf-8", source: "style/style.css" },
  icon: { path: "/web/icon.svg", type: "image/svg+xml", source: "icon.svg" },
} as const;
type Part = keyof typeof PARTS;

const sourceOf = (name: string): string => fileURLToPath(new URL(`../web/${name}`, import.meta.url));

interface Kept {
  readonly version: string;
  readonly kept: Stored;
  readonly askedAgain: Stored;
}

interface Site {
  readonly page: Stored;
  readonly parts: Record<Part, Kept>;
}

/** @returns the page and its parts; what they need stands on no other server */
export function siteCalls(): { page: Call; parts: Call[] } {
  let building: Promise<Site> | undefined;
  const site = (): Promise<Site> => {
    building ??= build().catch((error) => {
      building = undefined;
      throw error;
    });
    return building;
  };
  const page = call({
    path: "/",
    summary: "The web client.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: [],
    answer: async (_, { request }) => (await site()).page.answer(request),
  });
  const parts = (Object.keys(PARTS) as Part[]).map((part) =>
    call({
      path: PARTS[part].path,
      summary: "",
      methods: ["GET"],
      arguments: z.object({ v: z.string().optional() }),
      fails: [],
      async answer({ v }, { request }) {
        const { version, kept, askedAgain } = (await site()).parts[part];
        return (v === version ? kept : askedAgain).answer(request);
      },
    }),
  );
  return { page, parts };
}

async function build(): Promise<Site> {
  const [app, style, check, icon] = await Promise.all([
    bundle(PARTS.app.source),
    bundle(PARTS.style.source),
    Bun.file(sourceOf(PARTS.check.source)).text(),
    Bun.file(sourceOf(PARTS.icon.source)).text(),
  ]);
  const parts = {
    app: part("app", app),
    style: part("style", style),
    check: part("check", check),
    icon: part("icon", icon),
  };
  const template = await Bun.file(sourceOf("index.html")).text();
  const html = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: Part) => `${PARTS[name].path}?v=${parts[name].version}`);
  return {
    page: new Stored(html, { type: "text/html; charset=utf-8", cache: ASKED_AGAIN, policy: PAGE_POLICY }),
    parts,
  };
}

function part(name: Part, body: string): Kept {
  const options = { type: PARTS[name].type, policy: DATA_POLICY };
  return {
    version: Bun.hash(body).toString(36),
    kept: new Stored(body, { ...options, cache: KEPT }),
    askedAgain: new Stored(body, { ...options, cache: ASKED_AGAIN }),
  };
}

async function bundle(name: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [sourceOf(name)],
    target: "browser",
    minify: true,
    // Said here, since an image has no tsconfig.json beside its sources.
    jsx: { runtime: "automatic", importSource: "preact", development: false },
  });
  return outputs[0]!.text();
}
