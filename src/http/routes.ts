/** From a request to a call and back: methods, arguments, the edge where exceptions end, headers, log and measurements. */
import { randomUUID } from "node:crypto";
import type { Server } from "bun";
import type { Logger } from "pino";
import type { HttpTimes } from "../metrics/http-times.ts";
import type { Connection } from "../socket/connection.ts";
import { StoreUnavailable } from "../store/failures.ts";
import type { Span, Tracing } from "../tracing/tracing.ts";
import { clientAddress } from "./address.ts";
import { check, readArguments } from "./arguments.ts";
import type { Call, Incoming } from "./call.ts";
import { fieldsOfQuery } from "./fields.ts";
import type { Origins } from "./origins.ts";
import { failure, later, success } from "./reply.ts";
import type { WrongTokens } from "./wrong-tokens.ts";

/** Seconds after which to try again when the database is away. */
const AWAY_SECONDS = 2;
/** How a path that is no call's is named in log and measurements: paths are the caller's to choose, and to hide in. */
const UNKNOWN = "(unknown)";

/** Long enough for any tool's, short enough for any log. */
const REQUEST_ID = /^[\w.:-]{8,64}$/;

export interface Edge {
  readonly origins: Origins;
  readonly times: HttpTimes;
  readonly wrongTokens: WrongTokens;
  /** undefined: no traces */
  readonly tracing: Tracing | undefined;
  readonly log: Logger;
  /** `TRUST_PROXY` */
  readonly proxies: number;
}

/** What is known of a request that was answered. */
interface Answered {
  readonly route: string;
  readonly id: string;
  readonly method: string;
  readonly started: number;
  readonly caller: Incoming["caller"];
}

type Handler = (request: Request, server: Server<Connection>) => Promise<Response | undefined>;

/** `routes` and `fetch` for `Bun.serve`. */
export function routesOf(calls: readonly Call[], edge: Edge): { routes: Record<string, Handler>; fetch: Handler } {
  return {
    routes: Object.fromEntries(
      calls.map((each) => [each.path, handler(each.path, edge, allowOf(each), responder(each, edge))]),
    ),
    fetch: handler(UNKNOWN, edge, "GET, HEAD, POST, OPTIONS", () => failure("not_found", "no such call")),
  };
}

type Respond = (incoming: Incoming) => Response | undefined | Promise<Response | undefined>;

/** Calls that a wrong token fails count those. */
function responder(each: Call, { wrongTokens }: Edge): Respond {
  if (!each.fails.includes("bad_token")) return (incoming) => answer(each, incoming);
  return (incoming) => wrongTokens.spend(incoming.address, () => answer(each, incoming));
}

const allowOf = (each: Call): string =>
  [
    ...(each.methods.includes("GET") ? ["GET", "HEAD"] : []),
    ...(each.methods.includes("POST") ? ["POST"] : []),
    "OPTIONS",
  ].join(", ");

function handler(route: string, edge: Edge, allow: string, respond: Respond): Handler {
  const allowed = new Set(allow.split(", "));
  const { tracing } = edge;
  if (!tracing) return (request, server) => handle(request, server);
  return (request, server) => {
    const attributes = { "http.request.method": request.method, "http.route": route };
    const name = `${request.method} ${route}`;
    return tracing.during(name, "server", attributes, (span) => handle(request, server, span), request.headers);
  };

  async function handle(request: Request, server: Server<Connection>, span?: Span): Promise<Response | undefined> {
    const started = performance.now();
    const id = requestId(request);
    const caller: Incoming["caller"] = {};
    let response: Response | undefined;
    try {
      if (request.method === "OPTIONS") response = edge.origins.preflight(request, allow);
      else if (route !== UNKNOWN && !allowed.has(request.method)) {
        response = failure("method_not_allowed", `use ${allow}`, { Allow: allow });
      } else {
        const pending = respond({ request, server, address: addressOf(request, server, edge.proxies), caller });
        response = pending instanceof Promise ? await pending : pending;
      }
    } catch (error) {
      response = failed(error, id, edge.log);
    }
    finish(edge, { route, id, method: request.method, started, caller }, request, response);
    if (span) describe(span, id, caller, response?.status ?? 101);
    return response;
  }
}

function describe(span: Span, id: string, { uid }: Incoming["caller"], status: number): void {
  span.set({
    "http.response.status_code": status,
    "polyge.request_id": id,
    ...(uid !== undefined && { "user.id": uid }),
  });
  if (status >= 500) span.failed(String(status));
}

function answer(each: Call, incoming: Incoming): Response | undefined | Promise<Response | undefined> {
  const { request } = incoming;
  const refused = each.guard?.(incoming);
  if (refused) return refused;
  const schemaFor = each.schemaFor ?? (() => each.arguments);
  const proceed = (args: Record<string, unknown> | Response) => {
    if (args instanceof Response) return args;
    if (request.method === "HEAD" && each.changes?.(args)) return success("");
    return each.answer(args, incoming);
  };
  // Without a turn of the loop, where there is no body to wait for.
  if (request.method !== "POST") return proceed(check(fieldsOfQuery(request.url), schemaFor));
  return readArguments(request, schemaFor).then(proceed);
}

/** The caller's own, or a proxy's, where it is one that can stand in a log and a header; else a new one. */
function requestId(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && REQUEST_ID.test(given) ? given : randomUUID();
}

const addressOf = (request: Request, server: Server<Connection>, proxies: number): string =>
  clientAddress(server.requestIP(request)?.address ?? "unknown", request.headers.get("x-forwarded-for"), proxies);

/** The edge where exceptions end: logged once, answered without detail. */
function failed(error: unknown, id: string, log: Logger): Response {
  if (error instanceof StoreUnavailable) {
    // The database's going away is logged once, by itself.
    log.debug({ id, reason: error.message }, "request failed for want of the database");
    return later("unavailable", "the service cannot answer now, try again", AWAY_SECONDS);
  }
  log.error({ id, err: error }, "request failed");
  return failure("internal", "internal error");
}

function finish(
  { origins, times, log }: Edge,
  { route, id, method, started, caller }: Answered,
  request: Request,
  response: Response | undefined,
): void {
  const ms = performance.now() - started;
  const status = response?.status ?? 101;
  if (response) {
    response.headers.set("X-Request-Id", id);
    origins.mark(request.headers.get("origin"), response.headers);
  }
  times.observe(route, status, ms);
  log.debug({ id, method, path: route, status, ...caller, ms: Math.round(ms * 10) / 10 }, "request");
}
