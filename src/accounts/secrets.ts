/** Tokens and tickets: how they are drawn, and the hash that stands for them everywhere but with their owner. */
import { randomBytes } from "node:crypto";

/** Digits of a token, as in the user's document. */
export const TOKEN_DIGITS = 32;

/** 32 decimal digits, each uniform: a byte past 249 is thrown away rather than folded by a modulo. 106 bits. */
export function drawToken(): string {
  let digits = "";
  while (digits.length < TOKEN_DIGITS) {
    for (const byte of randomBytes(TOKEN_DIGITS + 8)) {
      if (byte < 250 && digits.length < TOKEN_DIGITS) digits += byte % 10;
    }
  }
  return digits;
}

/** 128 random bits, in base64url so that they need no escape in a URL: 22 characters. */
export const drawTicket = (): string => randomBytes(16).toString("base64url");

/** SHA-256. Fast is right here: what it hides is random, so there is nothing to guess. */
export const hashOf = (secret: string): Uint8Array => new Bun.CryptoHasher("sha256").update(secret).digest();
