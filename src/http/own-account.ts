/** `/change_password` and `/delete_account` */
import { z } from "zod";
import type { Accounts, MayStill, PasswordChecked } from "../accounts/accounts.ts";
import { callAsUser } from "./as-user.ts";
import type { Call } from "./call.ts";
import type { Limits } from "./limits.ts";
import { underLimits } from "./password-check.ts";
import { failure, success } from "./reply.ts";
import { anyPassword, newPassword } from "./schemas.ts";

export function accountCalls(accounts: Accounts, limits: Limits): Call[] {
  /** @param after what is left to do; `key` is what the user's wrong passwords are counted under */
  async function withPassword(
    uid: number,
    address: string,
    work: (mayStill: MayStill) => Promise<PasswordChecked>,
    after: (key: string) => Promise<void> = async () => {},
  ): Promise<Response> {
    const key = await accounts.nameKeyOf(uid);
    if (key === undefined) return failure("bad_token", "the token is unknown or expired");
    const result = await underLimits(limits, key, address, work);
    if (result instanceof Response) return result;
    await after(key);
    return success("");
  }

  return [
    callAsUser(accounts.tokens, {
      path: "/change_password",
      summary: "Change one's password. All other tokens die, and their sockets are closed with 4001.",
      methods: ["GET", "POST"],
      arguments: z.object({ pwd: anyPassword, new_pwd: newPassword }),
      changes: () => true,
      answers: z.literal(""),
      fails: ["password_error", "too_many"],
      answer: ({ pwd, new_pwd }, me, { address }) =>
        withPassword(me.uid, address, (mayStill) => accounts.changePassword(me, { old: pwd, next: new_pwd }, mayStill)),
    }),
    callAsUser(accounts.tokens, {
      path: "/delete_account",
      summary: "Delete oneself: profile, waiting frames, blocks, tokens. The name becomes free.",
      methods: ["GET", "POST"],
      arguments: z.object({ pwd: anyPassword }),
      changes: () => true,
      answers: z.literal(""),
      fails: ["password_error", "too_many"],
      answer: ({ pwd }, me, { address }) =>
        withPassword(
          me.uid,
          address,
          (mayStill) => accounts.delete(me.uid, pwd, mayStill),
          // Deleted is deleted; a count that stays is over in a quarter of an hour.
          (key) => limits.forgetName(key).catch(() => {}),
        ),
    }),
  ];
}
