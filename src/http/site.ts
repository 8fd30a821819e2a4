/**
 * The web client at `/` and the operator's page at `/status`: bundled in memory from `src/web` when first asked for, so that
 * no start waits for it and no build step can be forgotten.
 */
import { z } from "zod";
import { type SiteFile, siteText } from "../shipped/site.ts";
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

/** The operator's page needs less. */
const STATUS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** A part's URL names its content: kept for good. */
const KEPT = "public, max-age=31536000, immutable";
/** The page, and a part that an older or newer page asks for by another content's name. */
const ASKED_AGAIN = "no-cache";

const PARTS = {
  app: { path: "/web/app.js", type: "text/javascript; charset=utf-8", source: "main.tsx" },
  check: { path: "/web/check.js", type: "text/javascript; charset=utf-8", source: "check.js" },
  style: { path: "/web/style.css", type: "text/css; charset=utf-8", source: "style/style.css" },
  status: { path: "/web/status.js", type: "text/javascript; charset=utf-8", source: "status/main.tsx" },
  statusStyle: { path: "/web/status.css", type: "text/css; charset=utf-8", source: "status/status.css" },
  icon: { path: "/web/icon.svg", type: "image/svg+xml", source: "icon.svg" },
} as const satisfies Record<string, { path: string; type: string; source: SiteFile }>;
type Part = keyof typeof PARTS;

const PAGES = {
  client: { path: "/", summary: "The web client.", template: "index.html", policy: PAGE_POLICY },
  status: {
    path: "/status",
    summary: "The operator's page: what /metrics says, as charts. It asks for METRICS_TOKEN where that is set.",
    template: "status/status.html",
    policy: STATUS_POLICY,
  },
} as const;
type Page = keyof typeof PAGES;

interface Kept {
  readonly version: string;
  readonly kept: Stored;
  readonly askedAgain: Stored;
}

interface Site {
  readonly pages: Record<Page, Stored>;
  readonly parts: Record<Part, Kept>;
}

/** @returns the pages and their parts; what they need stands on no other server */
export function siteCalls(): { pages: Call[]; parts: Call[] } {
  let building: Promise<Site> | undefined;
  const site = (): Promise<Site> => {
    building ??= build().catch((error) => {
      building = undefined;
      throw error;
    });
    return building;
  };
  const pages = (Object.keys(PAGES) as Page[]).map((page) =>
    call({
      path: PAGES[page].path,
      summary: PAGES[page].summary,
      methods: ["GET"],
      arguments: z.object({}),
      fails: [],
      answer: async (_, { request }) => (await site()).pages[page].answer(request),
    }),
  );
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
  return { pages, parts };
}

async function build(): Promise<Site> {
  const names = Object.keys(PARTS) as Part[];
  const bodies = await Promise.all(names.map((name) => siteText(PARTS[name].source)));
  const parts = Object.fromEntries(names.map((name, at) => [name, part(name, bodies[at]!)])) as Record<Part, Kept>;
  const pages = await Promise.all(
    Object.entries(PAGES).map(async ([name, { template, policy }]) => {
      const html = (await siteText(template)).replaceAll(
        /\{\{(\w+)\}\}/g,
        (_, part: Part) => `${PARTS[part].path}?v=${parts[part].version}`,
      );
      return [name, new Stored(html, { type: "text/html; charset=utf-8", cache: ASKED_AGAIN, policy })] as const;
    }),
  );
  return { pages: Object.fromEntries(pages) as Record<Page, Stored>, parts };
}

function part(name: Part, body: string): Kept {
  const options = { type: PARTS[name].type, policy: DATA_POLICY };
  return {
    version: Bun.hash(body).toString(36),
    kept: new Stored(body, { ...options, cache: KEPT }),
    askedAgain: new Stored(body, { ...options, cache: ASKED_AGAIN }),
  };
}
