import type { RetryTimes } from "./backoff.ts";

export interface ConnectOptions {
  /**
   * `v2`: with acks, presence and all the rest, or not at all. `plain`: a bare socket of frames. `auto`: v2, and plain only
   * where v2 was never to be had; look at `state`. Default: auto.
   */
  readonly mode?: "auto" | "v2" | "plain";
  /** How old a token may get before it is exchanged, in ms; well below the server's TOKEN_TTL_SECONDS. Default: a day. */
  readonly refreshEveryMs?: number;
  /**
   * Messages that came and may wait to be processed, 1 or more. Past it the socket is closed until they are done; the
   * server keeps what comes meanwhile. A plain socket confirms by itself, so there is no bound on one. Default: 1000.
   */
  readonly queuedMessages?: number;
  /** Bytes of frames that the server does not answer for yet; past it `send` rejects with `outbox_full`. Default: 16 MiB. */
  readonly outboxBytes?: number;
  /** Frames by whose sender and id repeats are told. Default: 20000. */
  readonly rememberedFrames?: number;
  /** Default: up to 500 ms, doubling up to 30 s. */
  readonly retry?: RetryTimes;
  /** For an attempt to open, in ms. Default: 10 s. */
  readonly openMs?: number;
  /** How often a `polyge.v2` server is asked for a sign of life, in ms. Default: 15 s. */
  readonly heartbeatMs?: number;
  /** Gives `connect` up, or closes. */
  readonly signal?: AbortSignal;
}

export const DEFAULTS = {
  mode: "auto",
  refreshEveryMs: 24 * 3600 * 1000,
  queuedMessages: 1000,
  outboxBytes: 16 * 1024 * 1024,
  rememberedFrames: 20_000,
  retry: { firstMs: 500, mostMs: 30_000 },
  openMs: 10_000,
  heartbeatMs: 15_000,
} as const satisfies ConnectOptions;
