/** `/logout` and `/refresh_token` */
import { z } from "zod";
import type { Tokens } from "../accounts/tokens.ts";
import { type Call, call } from "./call.ts";
import { failure, success } from "./reply.ts";
import { clientId, DEFAULT_CLIENT_ID, token, uid } from "./schemas.ts";

export function tokenCalls(tokens: Tokens): Call[] {
  return [
    call({
      path: "/logout",
      summary: "End a token and close its sockets. An unknown token is as good as ended.",
      methods: ["GET", "POST"],
      arguments: z.object({ token }),
      changes: () => true,
      answers: z.literal(""),
      fails: ["unavailable"],
      async answer(args) {
        await tokens.revoke(args.token);
        return success("");
      },
    }),
    call({
      path: "/refresh_token",
      summary: "Exchange a live token for a new one. Open sockets stay open.",
      methods: ["GET", "POST"],
      arguments: z.object({ uid, client_id: clientId, token }),
      changes: () => true,
      answers: token,
      fails: ["bad_token", "unavailable"],
      async answer(args, { caller }) {
        const fresh = await tokens.refresh(args.uid, args.client_id ?? DEFAULT_CLIENT_ID, args.token);
        if (fresh !== undefined) caller.uid = args.uid;
        return fresh === undefined ? failure("bad_token", "the token is unknown or expired") : success(fresh);
      },
    }),
  ];
}
