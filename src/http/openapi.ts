/** `/openapi.json`: the calls as OpenAPI 3.1, derived from the very schemas that check the requests. */
import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../protocol/codes.ts";
import { type Call, call } from "./call.ts";
import { json } from "./reply.ts";
import type { Version } from "./state.ts";

type Json = Record<string, unknown>;

/** Failures that every call may answer with, by method. */
const ALWAYS: readonly ErrorCode[] = ["bad_argument", "method_not_allowed", "internal"];
const WITH_BODY: readonly ErrorCode[] = ["too_large", "unsupported_media_type"];

export function openapiCall(calls: readonly Call[], version: Version): Call {
  const document = describe(calls, version);
  return call({
    path: "/openapi.json",
    summary: "This reference, for programs.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: [],
    answer: () => json(document),
  });
}

function describe(calls: readonly Call[], { name, version }: Version): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: name,
      version,
      description:
        "Every call of the interface document takes GET with query arguments, and POST with a form or a JSON body. " +
        "Prefer POST where a password or a token is sent: bodies do not end up in anybody's logs. Calls whose token need not " +
        "be given as an argument take the header `Authorization: Bearer TOKEN` as well.",
    },
    paths: Object.fromEntries(calls.map((each) => [each.path, pathItem(each)])),
    components: { schemas: { Failure: failureSchema(Object.keys(ERROR_STATUS) as ErrorCode[]) } },
  };
}

function pathItem(each: Call): Json {
  return Object.fromEntries(each.methods.map((method) => [method.toLowerCase(), operation(each, method)]));
}

function operation(each: Call, method: "GET" | "POST"): Json {
  const schema = schemaOf(each.arguments);
  const id = `${method.toLowerCase()}_${each.path.replaceAll(/[^a-z]+/g, "_").replaceAll(/^_|_$/g, "")}`;
  const common = { operationId: id, summary: each.summary, responses: responses(each, method) };
  if (method === "GET") return { ...common, parameters: parameters(schema) };
  const content = Object.fromEntries(
    ["application/x-www-form-urlencoded", "application/json"].map((type) => [type, { schema }]),
  );
  return { ...common, requestBody: { required: true, content } };
}

function parameters(schema: Json): Json[] {
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  return Object.entries((schema["properties"] as Record<string, Json> | undefined) ?? {}).map(([name, each]) => ({
    name,
    in: "query",
    required: required.has(name),
    description: each["description"],
    schema: each,
  }));
}

function responses(each: Call, method: "GET" | "POST"): Json {
  const codes = [...ALWAYS, ...(method === "POST" ? WITH_BODY : []), ...each.fails];
  const byStatus = Map.groupBy(codes, (code) => ERROR_STATUS[code]);
  const documented = byStatus.get(200) ?? [];
  const result: Json = { [String(each.status ?? 200)]: successResponse(each, documented) };
  for (const [status, group] of byStatus) {
    if (status !== 200) result[String(status)] = failureResponse(status, group);
  }
  return result;
}

function successResponse(each: Call, documented: readonly ErrorCode[]): Json {
  const description = { 200: "Success", 101: "The connection is a WebSocket", 302: "Follow to log in" }[
    each.status ?? 200
  ];
  if (!each.answers) return { description };
  const own = schemaOf(each.answers);
  const isEnvelope = each.path === "/login";
  const body = isEnvelope
    ? own
    : schemaOf(z.object({ success: z.literal(true), msg: z.literal(""), rs: each.answers }));
  const schema = documented.length > 0 ? { anyOf: [body, failureSchema(documented)] } : body;
  const headers = each.status === 302 ? { headers: { Location: { schema: { type: "string" } } } } : {};
  return { description, ...headers, content: { "application/json": { schema } } };
}

function failureResponse(status: number, codes: readonly ErrorCode[]): Json {
  const retry = status === 429 || status === 503;
  return {
    description: codes.map((code) => `\`${code}\``).join(", "),
    ...(retry ? { headers: { "Retry-After": { description: "seconds", schema: { type: "integer" } } } } : {}),
    content: { "application/json": { schema: failureSchema(codes) } },
  };
}

const failureSchema = (codes: readonly ErrorCode[]): Json => ({
  type: "object",
  required: ["success", "msg", "rs", "code"],
  properties: {
    success: { const: false },
    msg: { type: "string", description: "Prose for people; may change" },
    rs: { const: "" },
    code: { enum: [...codes] },
  },
});

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override({ jsonSchema }) {
      // The digits' pattern belongs to how a number is written in a query, not to the number.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
    },
  }) as Json;
  return rest;
}
