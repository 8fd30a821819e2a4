/** Calls that check a password: under the limits on wrong ones, each failure with its answer. */
import type { MayStill } from "../accounts/accounts.ts";
import { BUSY } from "../accounts/passwords.ts";
import type { Limits } from "./limits.ts";
import { failure, later } from "./reply.ts";

/** Seconds after which a full argon2 queue has drained. */
export const HASHING_SECONDS = 3;

export const busy = (): Response => later("unavailable", "busy, try again", HASHING_SECONDS);

type Refused = "too_many" | "password_error" | typeof BUSY;

/**
 * @param key of the name whose password it is
 * @param check is given what to ask when the password has been checked
 * @returns what it came to; the answer where it was refused
 */
export async function underLimits<T>(
  limits: Limits,
  key: string,
  address: string,
  check: (mayStill: MayStill) => Promise<T | Refused>,
): Promise<T | Response> {
  let wait = await limits.beforeLogin(key, address);
  const tooMany = () => later("too_many", "too many wrong passwords", wait);
  if (wait > 0) return tooMany();
  const result = await check(async (right) => {
    wait = await limits.afterLogin(key, address, right);
    return wait === 0;
  });
  if (result === "too_many") return tooMany();
  if (result === BUSY) return busy();
  if (result === "password_error") return failure("password_error", "password error");
  return result;
}
