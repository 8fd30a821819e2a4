/** Calls that somebody makes as a user: with a token, as an argument or in the header. */
import type { z } from "zod";
import type { Session, Tokens } from "../accounts/tokens.ts";
import { type Call, call, type Incoming } from "./call.ts";
import { failure } from "./reply.ts";
import { token } from "./schemas.ts";

/** RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1). */
const BEARER = /^bearer +(\d+) *$/i;
const CHALLENGE = { "WWW-Authenticate": "Bearer" };

/** What a call without the argument `token` may say instead. */
const inHeader = ({ request }: Incoming): string | undefined =>
  BEARER.exec(request.headers.get("authorization") ?? "")?.[1];

type AsUser<S extends z.ZodObject> = Omit<Call<S>, "answer" | "schemaFor"> & {
  /** @param user whose token it is */
  answer(args: z.output<S>, user: Session, incoming: Incoming): Response | Promise<Response>;
};

/** A call that needs a live token. Adds the argument `token`, and the failures of a token that is missing or dead. */
export function callAsUser<S extends z.ZodObject>(tokens: Tokens, definition: AsUser<S>): Call {
  return call({
    ...definition,
    arguments: definition.arguments.extend({ token: token.optional() }),
    fails: [...new Set([...definition.fails, "bad_token", "unavailable"] as const)],
    async answer(args, incoming) {
      const given = (args as { token?: string }).token ?? inHeader(incoming);
      const user = given === undefined ? undefined : await tokens.identify(given);
      if (user) incoming.caller.uid = user.uid;
      if (user) return definition.answer(args as unknown as z.output<S>, user, incoming);
      const missing = "token: is required, as an argument or as Authorization: Bearer";
      return failure("bad_token", given === undefined ? missing : "the token is unknown or expired", CHALLENGE);
    },
  });
}
