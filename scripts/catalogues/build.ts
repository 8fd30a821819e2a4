/**
 * Writes src/catalogues/data: `bun run catalogues`. Names of languages and countries are CLDR's, from the ICU in Bun;
 * numbers of countries are ISO 3166-1's, of Chinese provinces and cities GB/T 2260's. Languages have no numbers of their
 * own: each keeps the one it got here first. What is in the data stays there, whatever the sources drop: profiles name it.
 */
import { join } from "node:path";
import type { Language, Location } from "../../src/catalogues/catalogues.ts";
import { provincesOfChina } from "./china.ts";

const DATA = join(import.meta.dir, "../../src/catalogues/data");
const CHINA = 156;
/** ISO 3166-1 leaves these numbers to whoever uses them. */
const NOT_ISO = 900;
const TONGUES = ["cn", "en"] as const;
type Tongue = (typeof TONGUES)[number];
const LOCALE = { cn: "zh-Hans", en: "en" } as const;

/** What most people look for gets the first numbers. */
const FIRST = "zh en es ar fr ru pt de ja ko it hi bn ur id tr vi th fa pl nl ms yue".split(" ");
/** Languages without a code of two letters that are learnt or spoken by many. */
const THREE_LETTERS = "bho ceb chr ckb fil hak haw hmn kok mai mni nan sat wuu".split(" ");

const file = (kind: string, tongue: Tongue) => Bun.file(join(DATA, `${kind}_${tongue}.json`));

async function before<T>(kind: string): Promise<T[]> {
  return (await file(kind, "cn").exists()) ? ((await file(kind, "cn").json()) as T[]) : [];
}

/** One entry a line, so that a change can be read. */
const write = (kind: string, tongue: Tongue, entries: object[]) =>
  Bun.write(file(kind, tongue), `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);

function knownLanguages(): string[] {
  const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
  const letters = [...Array(26).keys()].map((n) => String.fromCharCode(97 + n));
  const codes = letters.flatMap((one) => letters.map((two) => one + two));
  // Codes that are only older ones of others are canonically those others, or have the others' names.
  const current = codes.filter((code) => names.of(code) !== undefined && Intl.getCanonicalLocales(code)[0] === code);
  const byName = new Map([...FIRST, ...THREE_LETTERS, ...current].toReversed().map((code) => [names.of(code), code]));
  return [...FIRST, ...[...byName.values()].filter((code) => !FIRST.includes(code)).sort()];
}

async function buildLanguages(): Promise<void> {
  const ids = new Map((await before<Language>("languages")).map(({ id, code }) => [code, id]));
  let last = Math.max(0, ...ids.values());
  for (const code of knownLanguages()) if (!ids.has(code)) ids.set(code, ++last);
  for (const tongue of TONGUES) {
    const names = new Intl.DisplayNames(LOCALE[tongue], { type: "language", languageDisplay: "standard" });
    const entries = [...ids].map(([code, id]) => ({ id, code, name: names.of(code)! }));
    await write(
      "languages",
      tongue,
      entries.sort((one, other) => one.id - other.id),
    );
  }
}

async function buildLocations(): Promise<void> {
  const iso = (await Bun.file(
    join(import.meta.dir, "node_modules/i18n-iso-countries/codes.json"),
  ).json()) as string[][];
  for (const tongue of TONGUES) {
    const names = new Intl.DisplayNames(LOCALE[tongue], { type: "region" });
    const old = (await file("locations", tongue).exists())
      ? ((await file("locations", tongue).json()) as Location[])
      : [];
    const countries = new Map(old.map((country) => [country.id, country]));
    for (const [code, , number] of iso) {
      const id = Number(number);
      if (id >= NOT_ISO || names.of(code!) === code) continue;
      const provinces = id === CHINA ? await provincesOfChina(tongue, countries.get(CHINA)?.provinces ?? []) : [];
      countries.set(id, { id, code: code!, name: names.of(code!)!, provinces });
    }
    await write(
      "locations",
      tongue,
      [...countries.values()].sort((one, other) => one.id - other.id),
    );
  }
}

await buildLanguages();
await buildLocations();
