import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CatalogueName, type Language, readCatalogues } from "../../src/catalogues/catalogues.ts";
import { StartError } from "../../src/store/failures.ts";
import { HELD } from "./held.ts";
import { meanings } from "./meanings.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderWith(files: Partial<Record<CatalogueName, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "polyge-catalogues-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const wrongIn = (folder: string): string => {
  try {
    readCatalogues(folder);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  return "nothing";
};

test("an id never changes its meaning", async () => {
  const held = (await Bun.file(HELD).text()).trim().split("\n");
  const now = new Set(meanings(readCatalogues(undefined)));
  expect(held.length).toBeGreaterThan(900);
  expect(held.filter((line) => !now.has(line))).toEqual([]);
  // A new id is held from its first release on.
  expect(now.size).toBe(held.length);
});

test("both languages of a catalogue have names for all, and they are not each other's", () => {
  const { "languages_cn.json": chinese, "languages_en.json": english } = readCatalogues(undefined);
  const names = (text: string) =>
    Object.fromEntries((JSON.parse(text) as Language[]).map(({ code, name }) => [code, name]));
  expect([names(chinese)["fr"], names(english)["fr"]]).toEqual(["法语", "French"]);
});

const LANGUAGES = [{ id: 7, code: "tlh", name: "Klingon" }];
const COUNTRY = {
  id: 156,
  code: "CN",
  name: "China",
  provinces: [{ id: 1, name: "A", cities: [{ id: 2, name: "B" }] }],
};

test("an operator's own languages replace ours, and ours stay where there are none of his", () => {
  const { "languages_cn.json": languages, "locations_cn.json": locations } = readCatalogues(
    folderWith({ "languages_cn.json": LANGUAGES, "languages_en.json": LANGUAGES }),
  );
  expect([JSON.parse(languages), JSON.parse(locations).length > 200]).toEqual([LANGUAGES, true]);
});

test.each<[what: string, files: Partial<Record<CatalogueName, unknown>>, says: RegExp]>([
  ["is empty", {}, /has none of languages_cn\.json, locations_cn\.json$/],
  ["lacks the other language", { "languages_cn.json": LANGUAGES }, /languages_en\.json cannot be read$/],
  ["has no JSON", { "languages_cn.json": "[", "languages_en.json": LANGUAGES }, /languages_cn\.json is no JSON$/],
  [
    "has a wrong id",
    { "languages_cn.json": [{ ...LANGUAGES[0], id: -1 }], "languages_en.json": LANGUAGES },
    /languages_cn\.json at 0\.id: Too small/,
  ],
  [
    "has an id twice",
    { "languages_cn.json": [...LANGUAGES, ...LANGUAGES], "languages_en.json": LANGUAGES },
    /languages_cn\.json has languages id 7 twice$/,
  ],
  [
    "has other cities in English",
    {
      "locations_cn.json": [COUNTRY],
      "locations_en.json": [{ ...COUNTRY, provinces: [{ id: 1, name: "A", cities: [] }] }],
    },
    /locations_cn\.json and its English counterpart differ in the ids: 156\/1\/2$/,
  ],
])("a folder that %s is one line at start", (_, files, says) => {
  const line = wrongIn(folderWith(files));
  expect(line).toStartWith("RESOURCES_DIR: ");
  expect(line).toMatch(says);
  expect(line).not.toContain("\n");
});
