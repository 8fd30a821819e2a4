import type { ErrorCode } from "../protocol/codes.ts";
import type { NackCode } from "../protocol/messages.ts";

/** Codes that only this end can give; the others are the server's, from `protocol`. */
export type ClientErrorCode =
  /** No answer: the server is away, the network is, or it took longer than 15 s. */
  | "network"
  /** An answer that is none of this server's: a proxy's page, or another program. */
  | "bad_answer"
  /** The connection was closed by `close()`, or its `signal` fired. */
  | "closed"
  /** 4001: the token was logged out, or pushed out by newer ones. Log in again. */
  | "logged_out"
  /** 4002: this user opened more sockets than the server takes; this was the oldest. */
  | "replaced"
  /** 1003, 1008, 1009 or another code after which a client must not come back: see `closeCode`. */
  | "rule_broken"
  /** `mode: "v2"`, and the server or a proxy before it took the socket without `polyge.v2`. */
  | "no_v2"
  /** On a plain socket nobody says what became of a frame. */
  | "no_acks"
  /** Stored, but so many newer frames are that nobody waits for this one's `delivered` any more. */
  | "not_awaited"
  /** More unanswered bytes than `outboxBytes`. */
  | "outbox_full"
  /** A frame came damaged. */
  | "bad_frame";

/** Everything that can go wrong, as one closed set. */
export type PolygeErrorCode = ErrorCode | NackCode | ClientErrorCode;

/** The only error that the SDK throws or rejects with. Act on `code`; `message` is prose for people and may change. */
export class PolygeError extends Error {
  override readonly name = "PolygeError";
  /** Do not try again sooner, in ms; 0: nothing was said. */
  readonly retryAfterMs: number;
  /** The WebSocket's close code, 0 where it was none. */
  readonly closeCode: number;

  constructor(
    readonly code: PolygeErrorCode,
    message: string,
    { cause, retryAfterMs = 0, closeCode = 0 }: { cause?: unknown; retryAfterMs?: number; closeCode?: number } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterMs = retryAfterMs;
    this.closeCode = closeCode;
  }
}
