/** From a request to a call and back: methods, arguments, the edge where exceptions end, headers, log and measurements. */
import { randomUUID } from "node:crypto";
import type { Server } from "bun";
import type { Logger } from "pino";
import type { HttpTimes } from "../metrics/http-times.ts";
import type { Connection } from "../socket/connection.ts";
import { StoreUnavailable } from "../store/failures.ts";
import { clientAddress } from "./address.ts";
import { check, readArguments } from "./arguments.ts";
import type { Call, Incoming } from "./call.ts";
import { fieldsOfQuery } from "./fields.ts";
import type { Origins } from "./origins.ts";
import { failure, later, success } from "./reply.ts";

/** Seconds after which to try again when the database is away. */
const AWAY_SECONDS = 2;
/** How a path that is no call's is named in log and measurements: paths are the caller's to choose, and to hide in. */
const UNKNOWN = "(unknown)";

export interface Edge {
  readonly origins: Origins;
  readonly times: HttpTimes;
  readonly log: Logger;
  /** `TRUST_PROXY` */
  readonly proxies: number;
}

type Handler = (request: Request, server: Server<Connection>) => Promise<Response | undefined>;

/** `routes` and `fetch` for `Bun.serve`. */
export function routesOf(calls: readonly Call[], edge: Edge): { routes: Record<string, Handler>; fetch: Handler } {
  return {
    routes: Object.fromEntries(
      calls.map((each) => [each.path, handler(each.path, edge, allowOf(each), (incoming) => answer(each, incoming))]),
    ),
    fetch: handler(UNKNOWN, edge, "GET, HEAD, POST, OPTIONS", () => failure("not_found", "no such call")),
  };
}

const allowOf = (each: Call): string =>
  ["GET", "HEAD", ...each.methods.filter((method) => method !== "GET"), "OPTIONS"].join(", ");

function handler(
  route: string,
  edge: Edge,
  allow: string,
  respond: (incoming: Incoming) => Response | undefined | Promise<Response | undefined>,
): Handler {
  const allowed = new Set(allow.split(", "));
  return async (request, server) => {
    const started = performance.now();
    const id = randomUUID();
    let response: Response | undefined;
    try {
      if (request.method === "OPTIONS") response = edge.origins.preflight(request, allow);
      else if (route !== UNKNOWN && !allowed.has(request.method)) {
        response = failure("method_not_allowed", `use ${allow}`, { Allow: allow });
      } else {
        const pending = respond({ request, server, address: addressOf(request, server, edge.proxies) });
        response = pending instanceof Promise ? await pending : pending;
      }
    } catch (error) {
      response = failed(error, id, edge.log);
    }
    finish(edge, { route, id, method: request.method, started }, request, response);
    return response;
  };
}

function answer(each: Call, incoming: Incoming): Response | undefined | Promise<Response | undefined> {
  const { request } = incoming;
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

const addressOf = (request: Request, server: Server<Connection>, proxies: number): string =>
  clientAddress(server.requestIP(request)?.address ?? "unknown", request.headers.get("x-forwarded-for"), proxies);

/** The edge where exceptions end: logged once, answered without detail. */
function failed(error: unknown, id: string, log: Logger): Response {
  if (error instanceof StoreUnavailable) {
    log.warn({ id, reason: error.message }, "database away");
    return later("unavailable", "the service cannot answer now, try again", AWAY_SECONDS);
  }
  log.error({ id, err: error }, "request failed");
  return failure("internal", "internal error");
}

function finish(
  { origins, times, log }: Edge,
  { route, id, method, started }: { route: string; id: string; method: string; started: number },
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
  log.debug({ id, method, path: route, status, ms: Math.round(ms * 10) / 10 }, "request");
}
