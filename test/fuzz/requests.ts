/** Requests of every call, from the server's own OpenAPI document: right ones, nearly right ones, and garbage. */
import fc, { type Arbitrary } from "fast-check";
import { argument, jsonText, NASTY, nearly, type Schema } from "./json-schema.ts";

export interface FuzzRequest {
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly query: string;
  readonly body: { readonly type: string; readonly text: string } | undefined;
  readonly authorization: string | undefined;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly required: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}
export interface Document {
  readonly paths: Record<string, { readonly get?: Operation; readonly post?: Operation }>;
}

type Pair = readonly [name: string, value: string];

const escaped = (text: string) =>
  Buffer.from(text, "utf8").reduce((all, byte) => `${all}%${byte.toString(16).padStart(2, "0")}`, "");
const written = (pairs: readonly Pair[]) =>
  pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join("&");

const TYPES = [
  ...["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""],
  ...["application/json; charset=utf-16", "__proto__", "constructor", "multipart/form-data"],
];
/** Of characters that mean something in a query. */
const mess = fc.string({ unit: fc.constantFrom(..."%&=+;a0F#?[]".split("")), maxLength: 30 });

/** What is known of an argument beyond its schema: values that lead further into the server. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Mostly all that is needed and some of the rest; at times one twice, or one that nobody knows. */
function pairsOf(
  properties: Readonly<Record<string, Schema>>,
  required: ReadonlySet<string>,
  known: Known,
): Arbitrary<Pair[]> {
  const pair = (name: string): Arbitrary<Pair> => {
    const values = argument(properties[name]!);
    const good = known[name] ?? [];
    return (good.length === 0 ? values : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, values)).map(
      (value) => [name, value],
    );
  };
  const given = Object.keys(properties).map((name) => {
    const often = required.has(name) || name in known;
    return fc.option(pair(name), { freq: often ? 30 : 2 });
  });
  const odd = fc.tuple(fc.constantFrom(...NASTY, ...Object.keys(properties)), fc.constantFrom(...NASTY));
  return fc
    .tuple(fc.tuple(...given), fc.option(odd, { freq: 1 }), fc.nat(5))
    .map(([all, other, rarely]) => [...all, rarely === 0 ? other : null].filter((each) => each !== null));
}

function requestOf(path: string, method: "GET" | "POST", operation: Operation, known: Known): Arbitrary<FuzzRequest> {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const properties =
    schema?.properties ?? Object.fromEntries((operation.parameters ?? []).map((each) => [each.name, each.schema]));
  const required = new Set(
    schema?.required ?? operation.parameters?.filter((each) => each.required).map(({ name }) => name),
  );
  const pairs = pairsOf(properties, required, known);
  const base = { path: fc.constant(path), method: fc.constant(method), authorization: authorizationFor(method, known) };
  if (method === "GET") {
    const query = fc.oneof({ weight: 8, arbitrary: pairs.map(written) }, nearly(pairs.map(written)), mess);
    return fc.record({ ...base, query, body: fc.constant(undefined) });
  }
  const form = pairs.map((all) => ({ type: "application/x-www-form-urlencoded", text: written(all) }));
  const json = pairs.map((all) => ({ type: "application/json", text: JSON.stringify(Object.fromEntries(all)) }));
  const typed = jsonText(schema!).map((text) => ({ type: "application/json", text }));
  const mixed = fc.record({ type: fc.constantFrom(...TYPES), text: fc.oneof(pairs.map(written), fc.json(), mess) });
  const body = fc.oneof(
    { weight: 3, arbitrary: form },
    { weight: 4, arbitrary: json },
    { weight: 3, arbitrary: typed },
    mixed,
  );
  return fc.record({ ...base, query: fc.oneof({ weight: 9, arbitrary: fc.constant("") }, pairs.map(written)), body });
}

/** Administrators' looks are tried with their token, their acts never: nobody would be left to try the rest. */
const authorizationFor = (method: "GET" | "POST", known: Known) =>
  fc.constantFrom(undefined, undefined, "Bearer x", ...(method === "GET" ? (known["authorization"] ?? []) : []));

/** @param known by argument's name, and `authorization` */
export function requests(document: Document, known: Known): Arbitrary<FuzzRequest> {
  const all = Object.entries(document.paths).flatMap(([path, { get, post }]) => [
    ...(get ? [requestOf(path, "GET", get, known)] : []),
    ...(post ? [requestOf(path, "POST", post, known)] : []),
  ]);
  return fc.oneof(...all);
}
