import { describe, expect, test } from "bun:test";
import { disguise } from "../../src/accounts/disguises.ts";

const INVISIBLE = "must not hold invisible characters, nor two blanks in a row";
const MIXED = "must not mix alphabets within a word";

describe("a new name that looks like another by a trick is none:", () => {
  test.each([
    ["a joiner in Latin", "ana\u200D"],
    ["a non-joiner in Latin", "a\u200Cna"],
    ["a non-joiner behind an Arabic letter that does not join", "د\u200Cا"],
    ["a variation selector behind a letter", "ana\uFE0F"],
    ["a variation selector that changes nothing", "😀\uFE0F"],
    ["a joiner at the end of a picture", "👩\u200D"],
    ["a combining joiner", "a\u034Fna"],
    ["an Arabic mark of direction", "\u061Cana"],
    ["a Hangul filler", "ana\u1160"],
    ["a blank of Braille", "\u2800"],
    ["tags", "ana\u{E0061}"],
    ["an annotation", "ana\uFFF9"],
    ["two blanks", "ana  maria"],
  ])("%s", (_, name) => {
    expect(disguise(name)).toBe(INVISIBLE);
  });

  test.each([
    ["Cyrillic А in Latin", "Аna"],
    ["Greek omicron in Latin", "bοb"],
    ["Latin a in Cyrillic", "Аннa"],
    ["Armenian in Latin", "Օlga"],
    ["a Cherokee letter in Latin", "Ꭺna"],
  ])("%s", (_, name) => {
    expect(disguise(name)).toBe(MIXED);
  });
});

describe("names as people write them are names:", () => {
  test.each([
    ...["Ana", "naïve", "Анна", "Anna Анна", "Анна_ru", "λόγος", "李Wei", "山田taro", "한국 user", "O'Brien"],
    ...[
      "می\u200Cخواهم",
      "क्\u200Dष",
      "👩\u200D💻",
      "👩🏽\u200D💻",
      "🏳️\u200D🌈",
      "❤\uFE0F",
      "1\uFE0F\u20E3",
      "e\u0301le\u0300ve",
    ],
  ])("%s", (name) => {
    expect(disguise(name)).toBeUndefined();
  });
});
