/** `/wsconn`: from HTTP to the relay. */
import { z } from "zod";
import type { Session, Tokens } from "../accounts/tokens.ts";
import type { Blockers } from "../delivery/blocks.ts";
import type { Relay } from "../socket/relay.ts";
import { type Call, call, type Incoming } from "./call.ts";
import type { Origins } from "./origins.ts";
import { failure, later } from "./reply.ts";
import { token, uid } from "./schemas.ts";

/** Seconds after which a client that found the server full may try again. */
const FULL_SECONDS = 5;

export function wsconnCall(tokens: Tokens, relay: Relay, origins: Origins): Call {
  function enter(session: Session | undefined, incoming: Incoming) {
    if (!session) return failure("bad_token", "the token is unknown, expired or another user's");
    incoming.caller.uid = session.uid;
    return relay.entries.wait(session.uid).then((seconds) => {
      if (seconds > 0) return later("too_many", "too many sockets opened by this user", seconds);
      const blockers = relay.blocks.of(session.uid);
      return blockers instanceof Promise
        ? blockers.then((found) => upgrade(session, found, incoming))
        : upgrade(session, blockers, incoming);
    });
  }

  function upgrade(session: Session, blockers: Blockers, { request, server }: Incoming): Response | undefined {
    if (!relay.accepting) return later("unavailable", "no more connections here, try again", FULL_SECONDS);
    return relay.upgrade(request, server, session, blockers) ? undefined : upgradeRequired();
  }

  return call({
    path: "/wsconn",
    summary: "Open a WebSocket.",
    methods: ["GET"],
    arguments: z.object({ uid, token }),
    status: 101,
    fails: ["bad_token", "forbidden_origin", "upgrade_required", "too_many", "unavailable"],
    answer(args, incoming) {
      const { request } = incoming;
      // A browser attaches no cookie of ours, but a page elsewhere that got hold of a token should not use it.
      if (!origins.allows(request)) {
        return failure("forbidden_origin", "this Origin is not allowed");
      }
      if (!asksForWebSocket(request)) return upgradeRequired();
      const session = tokens.authenticate(args.uid, args.token);
      return session instanceof Promise ? session.then((found) => enter(found, incoming)) : enter(session, incoming);
    },
  });
}

const asksForWebSocket = (request: Request) =>
  request.method === "GET" && request.headers.get("upgrade")?.toLowerCase() === "websocket";

/** RFC 9110 section 15.5.22. */
const upgradeRequired = () =>
  failure("upgrade_required", "this call takes a WebSocket upgrade of version 13", {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
  });
