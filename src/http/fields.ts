/** Names and values out of a query, a form or JSON, with every malformation noted and none repaired. */
import { readBody } from "./body.ts";
import { type JsonEntry, jsonEntries } from "./json.ts";
import { failure } from "./reply.ts";

/** One argument as it came. `wrong` says why its value cannot be used. */
export interface Field {
  /** undefined: an argument whose own name is malformed, or a body that is no set of arguments. */
  readonly name: string | undefined;
  readonly value: string;
  readonly wrong?: string;
}
export type Fields = readonly Field[];

const NOT_UTF8 = "is not valid UTF-8";

/** The arguments of a URL's query. */
export function fieldsOfQuery(url: string): Field[] {
  const start = url.indexOf("?");
  if (start < 0) return [];
  const end = url.indexOf("#", start);
  return fieldsOfForm(url.slice(start + 1, end < 0 ? undefined : end));
}

/** The arguments of a body; 413 or 415 where there are none to be had. */
export async function fieldsOfBody(request: Request): Promise<Fields | Response> {
  const bytes = await readBody(request);
  if (bytes instanceof Response) return bytes;
  if (bytes.length === 0) return [];
  const [type = "", ...parameters] = (request.headers.get("content-type") ?? "").toLowerCase().split(/\s*;\s*/);
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8);
  if (charset !== undefined && !/^"?utf-?8"?$/.test(charset)) {
    return failure("unsupported_media_type", "the body must be in UTF-8");
  }
  if (type === "multipart/form-data") return fieldsOfMultipart(bytes, request.headers.get("content-type")!);
  const read = READERS.get(type.trim());
  if (!read) return failure("unsupported_media_type", "the body must be a form or application/json");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return [{ name: undefined, value: "", wrong: `the body ${NOT_UTF8}` }];
  }
  return read(text);
}

/** A map, since the type is the caller's to choose: an object also has `constructor` and `__proto__`. */
const READERS: ReadonlyMap<string, (text: string) => Fields> = new Map([
  ["application/x-www-form-urlencoded", fieldsOfForm],
  ["application/json", fieldsOfJson],
]);

function fieldsOfForm(text: string): Field[] {
  const fields: Field[] = [];
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decoded(at < 0 ? pair : pair.slice(0, at));
    const value = decoded(at < 0 ? "" : pair.slice(at + 1));
    if (name === undefined) {
      fields.push({ name: undefined, value: "", wrong: "an argument's name is not percent-encoded UTF-8" });
    } else if (value === undefined) fields.push({ name, value: "", wrong: "is not percent-encoded UTF-8" });
    else fields.push(field(name, value));
  }
  return fields;
}

/** Strict, unlike `URLSearchParams`: undefined for a bad escape and for bytes that are not UTF-8, GBK for one. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** What no text of ours may hold: PostgreSQL has no U+0000, UTF-8 no surrogates, and U+FFFD stands for lost bytes. */
function field(name: string, value: string): Field {
  if (value.includes("\0")) return { name, value: "", wrong: "must not hold U+0000" };
  if (!value.isWellFormed()) return { name, value: "", wrong: "holds half of a surrogate pair" };
  // Bun turns raw bytes of a URL that are not UTF-8 into U+FFFD before we see them.
  if (value.includes("\uFFFD")) return { name, value: "", wrong: NOT_UTF8 };
  return { name, value };
}

async function fieldsOfMultipart(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Fields> {
  try {
    const form = await new Response(bytes, { headers: { "Content-Type": type } }).formData();
    const fields: Field[] = [];
    for (const [name, value] of form as unknown as Iterable<[string, string | Blob]>) {
      fields.push(
        typeof value === "string" ? field(name, value) : { name, value: "", wrong: "must be text, not a file" },
      );
    }
    return fields;
  } catch {
    return [{ name: undefined, value: "", wrong: "the body is not a valid form" }];
  }
}

function fieldsOfJson(text: string): Fields {
  const entries = jsonEntries(text);
  if (typeof entries === "string") return [{ name: undefined, value: "", wrong: entries }];
  return entries.flatMap(fieldOfEntry);
}

/** A number stands for its digits; one that JavaScript cannot hold exactly would be another number, so it is refused. */
function fieldOfEntry({ name, value }: JsonEntry): Field[] {
  if (value === null) return [];
  if (typeof value === "string") return [field(name, value)];
  if (typeof value !== "number") return [{ name, value: "", wrong: "must be a string or a number" }];
  if (Number.isSafeInteger(value)) return [{ name, value: String(value) }];
  return [{ name, value: "", wrong: "must be a whole number below 2^53, or a string" }];
}
