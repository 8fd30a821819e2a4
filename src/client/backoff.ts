import { CLOSE } from "../protocol/codes.ts";
import type { ClientErrorCode } from "./errors.ts";

/** How long to wait before the next attempt, in ms: at random up to `firstMs`, doubled by each failure up to `mostMs`. */
export interface RetryTimes {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** 1006: no close frame, the connection broke. 1012: a proxy restarts. RFC 6455 section 7.4.1 and its registry. */
const BROKEN = 1006;
const RESTARTING = 1012;

const RETRIED: ReadonlySet<number> = new Set([CLOSE.goingAway, BROKEN, RESTARTING, CLOSE.tryAgainLater]);

/** What a close code asks of a client: undefined to come back, else why it must not. */
export function verdictOf(closeCode: number): ClientErrorCode | undefined {
  if (RETRIED.has(closeCode)) return undefined;
  if (closeCode === CLOSE.loggedOut) return "logged_out";
  if (closeCode === CLOSE.replaced) return "replaced";
  return "rule_broken";
}

/**
 * Full jitter: clients that lost the same server do not come back together.
 * @param failures attempts that failed since the last connection that lasted
 * @param atLeastMs what `bye` asked for; the jitter comes on top
 */
export function pauseMs(failures: number, atLeastMs: number, { firstMs, mostMs }: RetryTimes): number {
  return atLeastMs + Math.random() * Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30));
}
