/** What the numbers of languages and places mean: lists for a client's pickers, in Chinese and in English. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { catalogueFile } from "../shipped/files.ts";
import { StartError } from "../store/failures.ts";

const id = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const name = z.string().min(1);

/** `code` is a BCP 47 language tag. */
const language = z.object({ id, code: z.string().min(2), name });
const city = z.object({ id, name });
const province = z.object({ id, name, cities: z.array(city) });
/** Ours have ISO 3166-1 numbers and letters for countries, GB/T 2260 codes for Chinese provinces and cities. */
const country = z.object({ id, code: z.string().length(2), name, provinces: z.array(province) });

export type Language = z.infer<typeof language>;
export type Province = z.infer<typeof province>;
export type Location = z.infer<typeof country>;

const SHAPES = { languages: z.array(language).min(1), locations: z.array(country).min(1) } as const;
const KINDS = ["languages", "locations"] as const;
const TONGUES = ["cn", "en"] as const;

export type CatalogueName = `${(typeof KINDS)[number]}_${(typeof TONGUES)[number]}.json`;
/** Each file's text, checked. */
export type Catalogues = Readonly<Record<CatalogueName, string>>;

/**
 * Reads the four files.
 * @param folder an operator's own (`RESOURCES_DIR`); a kind that is in there must be there in both languages, with the same
 *   ids, and a kind that is not is taken from ours; undefined: all are ours
 * @throws StartError with one line: which file, and what is wrong with it
 */
export function readCatalogues(folder: string | undefined): Catalogues {
  const replaced = KINDS.filter(
    (kind) => folder && TONGUES.some((tongue) => existsSync(join(folder, nameOf(kind, tongue)))),
  );
  if (folder !== undefined && replaced.length === 0) {
    throw new StartError(
      `RESOURCES_DIR: ${folder} has none of ${[...KINDS].map((kind) => `${kind}_cn.json`).join(", ")}`,
    );
  }
  const files = KINDS.flatMap((kind) => {
    const pathOf = (name: string) => (replaced.includes(kind) ? join(folder!, name) : catalogueFile(name));
    const read = TONGUES.map((tongue) => readOne(kind, pathOf(nameOf(kind, tongue))));
    const lone = loneId(read[0]!.ids, read[1]!.ids);
    if (lone) throw wrong(pathOf(nameOf(kind, "cn")), `and its English counterpart differ in the ids: ${lone}`);
    return TONGUES.map((tongue, at) => [nameOf(kind, tongue), read[at]!.text] as const);
  });
  return Object.fromEntries(files) as Catalogues;
}

const nameOf = (kind: (typeof KINDS)[number], tongue: (typeof TONGUES)[number]): CatalogueName =>
  `${kind}_${tongue}.json`;

const wrong = (path: string, what: string) => new StartError(`RESOURCES_DIR: ${path} ${what}`);

function readOne(kind: (typeof KINDS)[number], path: string): { text: string; ids: Set<string> } {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw wrong(path, error instanceof SyntaxError ? "is no JSON" : "cannot be read");
  }
  const checked = SHAPES[kind].safeParse(entries);
  if (!checked.success) {
    const { path: place, message } = checked.error.issues[0]!;
    throw wrong(path, `${place.length > 0 ? `at ${place.join(".")}` : "as a whole"}: ${message}`);
  }
  return { text: JSON.stringify(checked.data), ids: idsOf(path, kind, checked.data) };
}

/** Each id with those above it, `156/440000/440300`; within its list it is there once. */
function idsOf(path: string, kind: string, entries: readonly (Language | Location)[]): Set<string> {
  const ids = new Set<string>();
  const add = (key: string) => {
    if (ids.has(key)) throw wrong(path, `has ${kind} id ${key} twice`);
    ids.add(key);
  };
  for (const entry of entries) {
    add(`${entry.id}`);
    for (const province of "provinces" in entry ? entry.provinces : []) {
      add(`${entry.id}/${province.id}`);
      for (const city of province.cities) add(`${entry.id}/${province.id}/${city.id}`);
    }
  }
  return ids;
}

const loneId = (one: Set<string>, other: Set<string>): string | undefined => [...one.symmetricDifference(other)][0];
