/** From a JSON Schema to what fits it, and from what fits to what nearly does. */
import fc, { type Arbitrary } from "fast-check";

/** As much of JSON Schema as our schemas use. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** What is usually taken for something else, or breaks who did not think of it. */
export const NASTY = [
  ...["", " ", "0", "-0", "-1", "1.0", "1e9", "0x10", "+1", "١", "null", "true", "NaN", "[]", "{}", "%", "%00", "%ff"],
  ...["\0", "\r\n", "\u2028", "\uD800", "\uFFFD", "\uFEFF", "\u202E", "\u200D", "e\u0301", "ﷺ", "ß", "İ", "𝒜", "👩‍💻"],
  ...["__proto__", "constructor", "'", '"', "' or ''='", "$1", "\\", "../..", "//x", "javascript:x", "%_", "*", ","],
  ...["2147483648", "9007199254740992", "18446744073709551616", "9".repeat(400), "x".repeat(5000), "2023-02-29"],
];
const nasty = fc.constantFrom(...NASTY);

const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 10));

/** Whole numbers, most of them at the bounds. */
function whole({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Schema): Arbitrary<number> {
  const near = fc.nat({ max: Math.min(20, maximum - minimum) });
  return fc.oneof(
    near.map((n) => minimum + n),
    near.map((n) => maximum - n),
    fc.integer({ min: minimum, max: maximum }),
  );
}

function text({ pattern, format, minLength = 0, maxLength = 40 }: Schema): Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format === "date") return day;
  const max = Math.min(maxLength, 60);
  return fc.oneof(fc.string({ minLength, maxLength: max }), fc.string({ unit: "grapheme", minLength, maxLength: max }));
}

/** Values that fit the schema. */
export function fitting(schema: Schema): Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(fitting));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === "integer" || schema.type === "number") return whole(schema);
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "array") {
    return fc.array(fitting(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 10, 600), size: "medium" });
  }
  if (schema.type === "object") {
    const members = Object.entries(schema.properties ?? {}).map(([name, each]) => [name, fitting(each)] as const);
    return fc.record(Object.fromEntries(members), {
      requiredKeys: [...(schema.required ?? [])],
      noNullPrototype: true,
    });
  }
  return schema.type === "string" ? text(schema) : fc.jsonValue();
}

/** A text with one small thing changed. */
export const nearly = (text: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(text, fc.nat(), fc.nat(3), nasty).map(([whole, place, how, other]) => {
    const at = place % (whole.length + 1);
    if (how === 0) return whole.slice(0, at) + other + whole.slice(at);
    if (how === 1) return whole.slice(0, at) + whole.slice(at + 1);
    if (how === 2) return whole.slice(0, at);
    return whole + whole.slice(at);
  });

/** An argument's text: mostly one that fits, else nearly, else anything. */
export function argument(schema: Schema): Arbitrary<string> {
  const fits = fitting(schema).map(String);
  return fc.oneof(
    { weight: 6, arbitrary: fits },
    { weight: 2, arbitrary: nearly(fits) },
    { weight: 2, arbitrary: nasty },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  );
}

/** JSON texts: of values that fit, of values with a part put in, out or in another's place, and texts nearly JSON. */
export function jsonText(schema: Schema): Arbitrary<string> {
  const fits = fitting(schema);
  const names = fc.constantFrom(
    "type",
    "__proto__",
    "constructor",
    "toString",
    "",
    ...Object.keys(schema.properties ?? {}),
  );
  const other = fc.oneof(fc.jsonValue({ maxDepth: 3 }), nasty, fc.constantFrom(-1, 0.5, 2 ** 53, 1e21));
  const changed = fc.tuple(fits, names, other, fc.boolean()).map(([value, name, put, twice]) => {
    const text = JSON.stringify(value);
    if (!text.startsWith("{")) return JSON.stringify(put);
    const member = `${JSON.stringify(name)}:${JSON.stringify(put)}`;
    const rest = twice ? text.slice(1) : JSON.stringify(without(value as object, name)).slice(1);
    return `{${member}${rest === "}" ? "" : ","}${rest}`;
  });
  const deep = fc.tuple(fits, fc.nat(4000), fc.constantFrom('{"x":', "[")).map(([value, depth, open]) => {
    return open.repeat(depth) + JSON.stringify(value) + (open === "[" ? "]" : "}").repeat(depth);
  });
  return fc.oneof(
    { weight: 4, arbitrary: fits.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: changed },
    { weight: 2, arbitrary: nearly(fits.map((value) => JSON.stringify(value))) },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: fc.json() },
  );
}

const without = (value: object, name: string): object =>
  Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
