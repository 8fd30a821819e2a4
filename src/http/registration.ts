/** `/register` */

import { z } from "zod";
import type { Accounts, Registration } from "../accounts/accounts.ts";
import { BUSY } from "../accounts/passwords.ts";
import { type Call, call } from "./call.ts";
import type { Limits } from "./limits.ts";
import { busy } from "./password-check.ts";
import { failure, later, redirect } from "./reply.ts";
import { DEFAULT_AVATAR, registration } from "./schemas.ts";

export function registrationCall(accounts: Accounts, limits: Limits): Call {
  return call({
    path: "/register",
    summary: "Register. The redirect's ticket logs in, once, within 60 s.",
    methods: ["GET", "POST"],
    arguments: registration,
    changes: () => true,
    status: 302,
    answers: z.literal(""),
    fails: ["uname_taken", "too_many", "unavailable"],
    async answer(args, { address }) {
      const wait = await limits.register(address);
      if (wait > 0) return later("too_many", "too many registrations from this address", wait);
      const result = await registerOrTakeBack(accounts, userOf(args), () => limits.unregister(address));
      if (result === BUSY) return busy();
      if (result === "uname_taken") return failure("uname_taken", "this name is taken");
      return redirect(`/login?uname=${encodeURIComponent(result.uname)}&ticket=${result.ticket}`);
    },
  });
}

/**
 * A registration that came to nothing does not count against the address. Where that cannot be taken back, the answer
 * is still what registering came to, and the address has one fewer until its hour is over.
 */
async function registerOrTakeBack(accounts: Accounts, user: Registration, takeBack: () => Promise<void>) {
  let result: Awaited<ReturnType<Accounts["register"]>> | undefined;
  try {
    result = await accounts.register(user);
    return result;
  } finally {
    if (typeof result !== "object") await takeBack().catch(() => {});
  }
}

const userOf = (args: z.output<typeof registration>): Registration => ({
  uname: args.uname,
  password: args.pwd,
  phone: args.phone ?? null,
  email: args.email ?? null,
  gender: args.gender,
  language: args.language,
  occup: args.occup,
  userType: args.user_type,
  avatar: args.avatar ?? DEFAULT_AVATAR,
  audio: args.audio ?? null,
  birth: args.birth ?? null,
  country: args.country ?? null,
  province: args.province ?? null,
  city: args.city ?? null,
  description: args.description ?? null,
  interest: args.interest ?? null,
});
