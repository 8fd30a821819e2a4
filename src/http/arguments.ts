/** Arguments: from query and body, strictly, to what a call's schema says. */
import type { z } from "zod";
import { type Fields, fieldsOfBody, fieldsOfQuery } from "./fields.ts";
import { failure } from "./reply.ts";

/**
 * Reads and checks a request's arguments. Query and body are read both; a name in both is given twice.
 * @param schemaFor the schema, which may depend on which arguments are there
 * @returns the checked arguments, or the answer 400, 413 or 415
 */
export async function readArguments<S extends z.ZodObject>(
  request: Request,
  schemaFor: (given: ReadonlySet<string>) => S,
): Promise<z.output<S> | Response> {
  const query = fieldsOfQuery(request.url);
  if (request.method !== "POST") return check(query, schemaFor);
  const body = await fieldsOfBody(request);
  return body instanceof Response ? body : check([...query, ...body], schemaFor);
}

/** Synchronous, for a call that is GET only: an upgrade must not wait a turn. */
export function check<S extends z.ZodObject>(
  fields: Fields,
  schemaFor: (given: ReadonlySet<string>) => S,
): z.output<S> | Response {
  const unreadable = fields.find(({ name }) => name === undefined);
  // Nothing else is said then: what is missing may be what could not be read.
  if (unreadable) return failure("bad_argument", `request: ${unreadable.wrong}`);
  const given = new Set(fields.map(({ name }) => name!));
  const schema = schemaFor(given);
  const shape = schema.shape as Record<string, z.ZodType>;
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  const wrong = new Map<string, string>();
  for (const { name, value, wrong: problem } of fields) {
    // An unknown argument is ignored, whatever it holds.
    if (name === undefined || !Object.hasOwn(shape, name)) continue;
    if (problem !== undefined) wrong.set(name, problem);
    else if (seen.has(name)) wrong.set(name, "is given twice");
    seen.add(name);
    // An empty optional argument counts as not given, but where to be empty means something.
    if (value !== "" || !isOptional(shape[name]) || takes(shape[name], "")) values[name] = value;
  }
  const result = schema.safeParse(values);
  if (wrong.size === 0 && result.success) return result.data;
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!wrong.has(name)) wrong.set(name, issue.message);
  }
  return failure("bad_argument", [...wrong].map(([name, problem]) => `${name}: ${problem}`).join("; "));
}

const isOptional = (schema: z.ZodType | undefined): boolean => takes(schema, undefined);

const takes = (schema: z.ZodType | undefined, value: unknown): boolean => schema?.safeParse(value).success ?? true;
