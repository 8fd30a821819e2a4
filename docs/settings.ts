/** Writes the table of settings into the README, from the settings themselves: `bun run docs`. */
import { fileURLToPath } from "node:url";
import { SETTINGS, type Setting } from "../src/config.ts";

const BEGIN = "<!-- settings -->\n";
const END = "<!-- /settings -->";
export const README = fileURLToPath(new URL("../README.md", import.meta.url));

const standard = (setting: Setting) =>
  setting.default !== undefined ? `\`${setting.default}\`` : (setting.defaultSays ?? "unset");

/** The README's text with the table as it should be. */
export function withSettings(text: string): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, setting]) => `| \`${name}\` | ${standard(setting)} | ${setting.says} |`,
  );
  const table = ["| name | default | meaning |", "|---|---|---|", ...rows].join("\n");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${BEGIN.trim()} … ${END}`);
  return `${before}${BEGIN}${table}\n${END}${after}`;
}

if (import.meta.main) await Bun.write(README, withSettings(await Bun.file(README).text()));
