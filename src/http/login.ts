/** `/login` in its three forms, and `/check_uname`, which is the first of them. */
import { z } from "zod";
import type { Accounts } from "../accounts/accounts.ts";
import { nameKey } from "../accounts/names.ts";
import { type Call, call } from "./call.ts";
import type { Limits } from "./limits.ts";
import { underLimits } from "./password-check.ts";
import { failure, json, success } from "./reply.ts";
import { anyName, anyPassword, clientId, DEFAULT_CLIENT_ID, isNewName, ticket, token, uname } from "./schemas.ts";

const check = z.object({ uname: anyName });
const byPassword = z.object({ uname, pwd: anyPassword, client_id: clientId });
const byTicket = z.object({ uname, ticket, client_id: clientId });
const both = byPassword.extend({
  ticket: z.string().refine(() => false, "must not be given together with pwd"),
});
/** As the reference shows it, and the type of what any of the forms gives. */
const login = z.object({ uname: anyName, pwd: anyPassword.optional(), ticket: ticket.optional(), client_id: clientId });

const user = z.object({ token, uid: z.int(), uname: z.string(), gender: z.int(), user_type: z.int() });
/** The document's spelling, with the usual one beside it. */
const loggedIn = z.object({
  Success: z.literal(true),
  Msg: z.literal(""),
  Result: user,
  success: z.literal(true),
  msg: z.literal(""),
  rs: user,
});

type User = { token: string; uid: number; uname: string; gender: number; userType: number };

function welcome({ token, uid, uname, gender, userType }: User): Response {
  const rs = { token, uid, uname, gender, user_type: userType };
  return json({ Success: true, Msg: "", Result: rs, success: true, msg: "", rs });
}

export function loginCalls(accounts: Accounts, limits: Limits): Call[] {
  const isFree = async (name: string) => success(isNewName(name) && !(await accounts.taken(name)));

  async function withPassword(name: string, pwd: string, client: number, address: string): Promise<Response> {
    const result = await underLimits(limits, nameKey(name), address, (mayStill) =>
      accounts.login(name, pwd, client, mayStill),
    );
    if (result instanceof Response) return result;
    if (result === "user_disabled") return failure("user_disabled", "this account is disabled");
    if (result === "user_not_found") return failure("user_not_found", "user not found");
    return welcome(result);
  }

  return [
    call({
      path: "/login",
      summary: "With uname alone: is this name free? With pwd or ticket: log in.",
      methods: ["GET", "POST"],
      arguments: login,
      schemaFor(given) {
        // Also where it is empty: a login without a password must not pass for a question about the name.
        if (given.has("pwd")) return given.has("ticket") ? both : byPassword;
        return given.has("ticket") ? byTicket : check;
      },
      changes: ({ pwd, ticket }) => pwd !== undefined || ticket !== undefined,
      answers: z.union([z.object({ success: z.literal(true), msg: z.literal(""), rs: z.boolean() }), loggedIn]),
      fails: ["user_not_found", "password_error", "user_disabled", "bad_token", "too_many", "unavailable"],
      async answer({ uname, pwd, ticket, client_id: client = DEFAULT_CLIENT_ID }, { address }) {
        if (pwd !== undefined) return await withPassword(uname, pwd, client, address);
        if (ticket === undefined) return await isFree(uname);
        const result = await accounts.redeem(uname, ticket, client);
        return result ? welcome(result) : failure("bad_token", "the ticket is unknown, used or expired");
      },
    }),
    call({
      path: "/check_uname",
      summary: "Is this name well-formed and free to register?",
      methods: ["GET", "POST"],
      arguments: check,
      answers: z.boolean(),
      fails: ["unavailable"],
      answer: ({ uname }) => isFree(uname),
    }),
  ];
}
