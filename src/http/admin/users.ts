/** `/admin/users…` and `/admin/user`: accounts. */
import { z } from "zod";
import type { Administration } from "../../accounts/administration.ts";
import { nameKey } from "../../accounts/names.ts";
import { BUSY } from "../../accounts/passwords.ts";
import type { Call } from "../call.ts";
import { busy } from "../password-check.ts";
import { SECURITY_HEADERS, success } from "../reply.ts";
import { newPassword } from "../schemas.ts";
import { flag, limit, noSuchUser, number, user } from "./arguments.ts";
import type { Gate } from "./gate.ts";

export function userCalls(gate: Gate, administration: Administration): Call[] {
  const { overview } = administration;
  const one = z.object({ user });

  return [
    gate.look({
      path: "/admin/users",
      summary: "Users in the order of uid.",
      methods: ["GET"],
      arguments: z.object({ after: number.optional(), prefix: z.string().optional(), disabled: flag, limit }),
      answer: async ({ after = 0, prefix, disabled, limit }) =>
        success(await overview.users({ after, prefix: prefix && nameKey(prefix), disabled, limit })),
    }),
    gate.look({
      path: "/admin/user",
      summary: "One user.",
      methods: ["GET"],
      arguments: one,
      async answer({ user }) {
        const uid = await administration.uidOf(user);
        const found = uid === undefined ? undefined : await overview.user(uid);
        return found ? success(found) : noSuchUser();
      },
    }),
    gate.act({
      path: "/admin/users/disable",
      summary: "Lock a user out: no login, all tokens and sockets end.",
      methods: ["POST"],
      arguments: one,
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        const ended = uid === undefined ? undefined : await administration.disable(actor, uid);
        return ended === undefined ? noSuchUser() : success({ uid, tokens: ended });
      },
    }),
    gate.act({
      path: "/admin/users/enable",
      summary: "Let a user in again.",
      methods: ["POST"],
      arguments: one,
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        return uid !== undefined && (await administration.enable(actor, uid)) ? success({ uid }) : noSuchUser();
      },
    }),
    gate.act({
      path: "/admin/users/reset-password",
      summary: "Set a password; all tokens and sockets end.",
      methods: ["POST"],
      arguments: z.object({ user, pwd: newPassword }),
      async answer({ user, pwd }, actor) {
        const uid = await administration.uidOf(user);
        const ended = uid === undefined ? undefined : await administration.resetPassword(actor, uid, pwd);
        if (ended === BUSY) return busy();
        return ended === undefined ? noSuchUser() : success({ uid, tokens: ended });
      },
    }),
    gate.act({
      path: "/admin/users/delete",
      summary: "Delete an account and all that belongs to it.",
      methods: ["POST"],
      arguments: one,
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        const ended = uid === undefined ? undefined : await administration.remove(actor, uid);
        return ended === undefined ? noSuchUser() : success({ uid, tokens: ended });
      },
    }),
    gate.act({
      path: "/admin/users/export",
      summary: "All that the database holds about one account, as JSON.",
      methods: ["POST"],
      arguments: one,
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        const pieces = uid === undefined ? undefined : await administration.export(actor, uid);
        return pieces ? streamed(pieces) : noSuchUser();
      },
    }),
  ];
}

/** As fast as the reader takes it. Its last words say that it is complete: an answer under way has no other way to fail. */
function streamed(pieces: AsyncGenerator<string>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  const headers = {
    ...SECURITY_HEADERS,
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
  };
  return new Response(body, { headers });
}
