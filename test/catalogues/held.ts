/** `bun test/catalogues/held.ts` adds ids that are new to held.txt. A line that stands there is never changed nor taken out. */
import { join } from "node:path";
import { readCatalogues } from "../../src/catalogues/catalogues.ts";
import { meanings } from "./meanings.ts";

export const HELD = join(import.meta.dir, "held.txt");

if (import.meta.main) {
  const before = (await Bun.file(HELD).exists()) ? (await Bun.file(HELD).text()).trim().split("\n") : [];
  const known = new Set(before);
  const added = meanings(readCatalogues(undefined)).filter((line) => !known.has(line));
  await Bun.write(HELD, `${[...before, ...added].join("\n")}\n`);
}
