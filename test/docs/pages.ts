/** The project's pages as data: their text, links, headings and blocks of commands. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

export const ROOT = join(import.meta.dir, "../..");

export const PAGES: readonly string[] = [...new Glob("**/*.md").scanSync(ROOT)]
  .filter((path) => !path.includes("node_modules"))
  .sort();

export const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

export interface Block {
  readonly language: string;
  readonly text: string;
}

export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(FENCE)].map(([, , language, body]) => ({ language: language!, text: body! }));

/** Where links and images lead. */
export const linksOf = (text: string): string[] => {
  const prose = text.replaceAll(FENCE, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^()\s]+)\)|<(https?:[^>\s]+)>/g)].map(([, target, bare]) => (target ?? bare)!);
};

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of text.replaceAll(FENCE, "").matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/** A page's commands for a shell: one line each, without comments and with single spaces. */
export const commandsOf = (text: string): string[] =>
  blocksOf(text)
    .filter(({ language }) => ["sh", "bash", "shell", "console"].includes(language))
    .flatMap(({ text: block }) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
    .map((line) =>
      line
        .replace(/(^|\s+)#\s.*$/, "")
        .replaceAll(/\s+/g, " ")
        .trim(),
    )
    .filter((line) => line !== "");
