/** `/users` */
import { z } from "zod";
import { nameKey } from "../accounts/names.ts";
import type { Tokens } from "../accounts/tokens.ts";
import type { Directory, Place } from "../store/directory.ts";
import type { Profiles } from "../store/profiles.ts";
import { callAsUser } from "./as-user.ts";
import type { Call } from "./call.ts";
import type { LookLimit } from "./look-limit.ts";
import { publicProfile, tellPublic } from "./people.ts";
import { success } from "./reply.ts";
import { country, cursor, cursorOf, DEFAULT_LIMIT, language, limit, namePart, userType } from "./schemas.ts";

export const page = z.object({ users: z.array(publicProfile), next: z.string().nullable() });

/** A `Place` as numbers. */
const PLACE_NUMBERS = 3;
const placeOf = ([online, uid, startedMs]: readonly number[]): Place => ({
  online: online === 1,
  uid: uid!,
  startedMs: startedMs!,
});

export function directoryCall(tokens: Tokens, directory: Directory, profiles: Profiles, looks: LookLimit): Call {
  return callAsUser(tokens, {
    path: "/users",
    summary: "Find users: those who are online first, the newest first among each.",
    methods: ["GET", "POST"],
    arguments: z.object({
      user_type: userType.optional(),
      language: language.optional(),
      country: country.optional(),
      name: namePart.optional(),
      cursor: cursor(PLACE_NUMBERS),
      limit,
    }),
    answers: page,
    fails: ["too_many"],
    answer: ({ user_type, language, country, name, cursor, limit = DEFAULT_LIMIT }, me) =>
      looks.spend(me.uid, async () => {
        const filter = { userType: user_type, language, country, namePart: name && nameKey(name) };
        const { uids, next } = await directory.page(me.uid, filter, cursor && placeOf(cursor), limit);
        const users = (await profiles.seenBy(me.uid, uids)).map(tellPublic);
        const after = next ? cursorOf(Number(next.online), next.uid, next.startedMs) : null;
        return { shown: users.length, answer: success({ users, next: after }) };
      }),
  });
}
