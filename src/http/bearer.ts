/** A secret of the operator's that a call asks for in `Authorization: Bearer …`. */
import { createHash, timingSafeEqual } from "node:crypto";
import { failure } from "./reply.ts";

/** @returns whether a request shows this secret; takes the same time whatever it shows */
export function bearerOf(secret: string): (request: Request) => boolean {
  const expected = digest(`Bearer ${secret}`);
  return (request) => timingSafeEqual(digest(request.headers.get("authorization") ?? ""), expected);
}

export const wrongBearer = (): Response =>
  failure("bad_token", "the bearer token is missing or wrong", { "WWW-Authenticate": "Bearer" });

/** Of one length, whatever was sent, so that comparing takes the same time always. */
const digest = (text: string) => createHash("sha256").update(text).digest();
