import { CLOSE } from "../protocol/codes.ts";

/** Closed by the client, without a code, or cut off: RFC 6455, section 7.4.1. */
const USUAL = [1000, 1005, 1006];

/** Sockets that ended since the start, by close code. A client may send any of thousands: what is not ours is `other`. */
export class Closes {
  readonly counts: Record<string, number> = Object.fromEntries(
    [...USUAL, ...Object.values(CLOSE), "other"].map((code) => [String(code), 0]),
  );

  add(code: number): void {
    const key = code in this.counts ? String(code) : "other";
    this.counts[key]!++;
  }
}
