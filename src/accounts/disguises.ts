/**
 * New names that would look like another though they are not the same. Only registration asks: who has such a name from
 * before this rule keeps it. What stays possible is in docs/security.md.
 */

/** What draws nothing, or changes what its neighbours look like (Unicode: Default_Ignorable_Code_Point), and blanks. */
const UNDRAWN = /[\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFB]|\p{White_Space}{2}/u;

/** Arabic letters that join to the next one: only behind these a non-joiner shows. */
const JOINING =
  "(?![\\u0621-\\u0625\\u0627\\u0629\\u062F-\\u0632\\u0648\\u0671-\\u0677\\u0688-\\u0699\\u06C0\\u06C3-\\u06CB\\u06CD\\u06CF\\u06D2\\u06D3\\u06D5\\u06EE\\u06EF])[\\u0620-\\u06FF]";
/** Signs of Indic scripts that take a vowel away; a joiner or non-joiner behind one shows. */
const VIRAMA = "[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D4D\\u0DCA]";
const PICTURE = "\\p{Extended_Pictographic}";

/** Where what is undrawn by itself belongs (RFC 5892, appendix A.1 and A.2): in Persian, in Indic scripts, in emoji. */
const BELONGS = new RegExp(
  [
    `(?<=${JOINING})\\u200C(?=[\\u0620-\\u06FF])`,
    `(?<=${VIRAMA})[\\u200C\\u200D]`,
    `(?<=${PICTURE}\\uFE0F?\\p{Emoji_Modifier}?)\\u200D(?=${PICTURE})`,
    `(?<=(?!\\p{Emoji_Presentation})${PICTURE})\\uFE0F`,
    "(?<=[0-9#*])\\uFE0F(?=\\u20E3)",
  ].join("|"),
  "gu",
);

/** Alphabets with letters drawn alike. */
const ALPHABETS = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu", "Deseret"].map(
  (script) => new RegExp(`\\p{Script=${script}}`, "u"),
);
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** @returns what is wrong with a new name, as it is shown; undefined: nothing */
export function disguise(name: string): string | undefined {
  if (UNDRAWN.test(name.replace(BELONGS, ""))) return "must not hold invisible characters, nor two blanks in a row";
  const mixed = name.match(WORD)?.some((word) => ALPHABETS.filter((letters) => letters.test(word)).length > 1);
  return mixed ? "must not mix alphabets within a word" : undefined;
}
