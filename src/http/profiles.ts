/** `/profile`, `/profiles` and `/update_profile` */
import { z } from "zod";
import type { Tokens } from "../accounts/tokens.ts";
import type { ProfileChanges, Profiles } from "../store/profiles.ts";
import { callAsUser } from "./as-user.ts";
import type { Call } from "./call.ts";
import type { LookLimit } from "./look-limit.ts";
import { ownProfile, publicProfile, tellOwn, tellPublic } from "./people.ts";
import { failure, success } from "./reply.ts";
import { DEFAULT_AVATAR, profileChanges, uid, uids } from "./schemas.ts";

const unknown = () => failure("not_found", "no such user");
/** The token's user was deleted a moment ago. */
const gone = () => failure("bad_token", "the token is unknown or expired");

export function profileCalls(tokens: Tokens, profiles: Profiles, looks: LookLimit): Call[] {
  async function own(me: number): Promise<Response> {
    const profile = await profiles.own(me);
    return profile ? success(tellOwn(profile)) : gone();
  }

  const seen = (me: number, whom: readonly number[], answer: (found: z.infer<typeof publicProfile>[]) => Response) =>
    looks.spend(me, async () => {
      const found = await profiles.seenBy(me, whom);
      return { shown: found.length, answer: answer(found.map(tellPublic)) };
    });

  return [
    callAsUser(tokens, {
      path: "/profile",
      summary: "One's own profile, or another user's public one.",
      methods: ["GET", "POST"],
      arguments: z.object({ uid: uid.optional() }),
      answers: z.union([ownProfile, publicProfile]),
      fails: ["not_found", "too_many"],
      answer(args, me) {
        if (args.uid === undefined || args.uid === me.uid) return own(me.uid);
        return seen(me.uid, [args.uid], ([found]) => (found ? success(found) : unknown()));
      },
    }),
    callAsUser(tokens, {
      path: "/profiles",
      summary: "Public profiles of several users; unknown ones are left out.",
      methods: ["GET", "POST"],
      arguments: z.object({ uids }),
      answers: z.array(publicProfile),
      fails: ["too_many"],
      answer: (args, me) => seen(me.uid, args.uids, success),
    }),
    callAsUser(tokens, {
      path: "/update_profile",
      summary: "Change what is given of one's profile.",
      methods: ["GET", "POST"],
      arguments: profileChanges,
      changes: () => true,
      answers: ownProfile,
      fails: [],
      async answer(args, me) {
        const changed = await profiles.change(me.uid, changesOf(args));
        return changed ? success(tellOwn(changed)) : gone();
      },
    }),
  ];
}

function changesOf(args: z.output<typeof profileChanges>): ProfileChanges {
  const { gender, language, occup, country, province, city, birth, email, phone, description, interest, audio } = args;
  const avatar = args.avatar === null ? DEFAULT_AVATAR : args.avatar;
  const all = {
    ...{ gender, userType: args.user_type, language, occup, avatar, country, province, city },
    ...{ birth, email, phone, description, interest, audio },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
