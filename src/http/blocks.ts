/** `/block`, `/unblock` and `/blocked` */
import { z } from "zod";
import type { Tokens } from "../accounts/tokens.ts";
import { type BlockRows, MOST_BLOCKED } from "../store/blocks.ts";
import type { Profiles } from "../store/profiles.ts";
import { callAsUser } from "./as-user.ts";
import type { Call } from "./call.ts";
import { page } from "./directory.ts";
import { tellPublic } from "./people.ts";
import { failure, success } from "./reply.ts";
import { cursor, cursorOf, DEFAULT_LIMIT, limit, uid } from "./schemas.ts";

/** Past every uid. */
const TOP = Number.MAX_SAFE_INTEGER + 1;

/** @param changed is told whom somebody has blocked, or blocks no longer, and resolves when it holds */
export function blockCalls(
  tokens: Tokens,
  blocks: BlockRows,
  profiles: Profiles,
  changed: (blocked: number) => Promise<void>,
): Call[] {
  return [
    callAsUser(tokens, {
      path: "/block",
      summary: "Hear nothing more from a user, who is treated as if one did not exist.",
      methods: ["GET", "POST"],
      arguments: z.object({ uid }),
      changes: () => true,
      answers: z.literal(""),
      fails: ["not_found"],
      async answer(args, me) {
        if (args.uid === me.uid) return failure("bad_argument", "uid: must not be one's own");
        const outcome = await blocks.add(me.uid, args.uid);
        if (outcome === "unknown_user") return failure("not_found", "no such user");
        if (outcome === "too_many") return failure("bad_argument", `uid: at most ${MOST_BLOCKED} users may be blocked`);
        await changed(args.uid);
        return success("");
      },
    }),
    callAsUser(tokens, {
      path: "/unblock",
      summary: "Take a block back. One who is not blocked is as good as unblocked.",
      methods: ["GET", "POST"],
      arguments: z.object({ uid }),
      changes: () => true,
      answers: z.literal(""),
      fails: [],
      async answer(args, me) {
        await blocks.delete(me.uid, args.uid);
        await changed(args.uid);
        return success("");
      },
    }),
    callAsUser(tokens, {
      path: "/blocked",
      summary: "Whom one has blocked.",
      methods: ["GET", "POST"],
      arguments: z.object({ cursor: cursor(1), limit }),
      answers: page,
      fails: [],
      async answer({ cursor, limit = DEFAULT_LIMIT }, me) {
        const found = await blocks.list(me.uid, cursor?.[0] ?? TOP, limit + 1);
        const uids = found.slice(0, limit);
        const users = (await profiles.seenBy(me.uid, uids)).map(tellPublic);
        return success({ users, next: found.length > limit ? cursorOf(uids.at(-1)!) : null });
      },
    }),
  ];
}
