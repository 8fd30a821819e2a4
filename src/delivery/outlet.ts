import type { ServerWebSocket } from "bun";

/** What delivery needs of a socket. Order holds between `send`, `sendBinary` and `ping`, corked or not. */
export type Outlet = Pick<
  ServerWebSocket<unknown>,
  "send" | "sendBinary" | "ping" | "cork" | "getBufferedAmount" | "close" | "terminate"
>;

/** Unsent bytes at which a slow reader is closed. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;

/** Unsent bytes at which a drain waits for the socket: a fourth of the limit, the rest is for live frames. */
export const DRAIN_BACKLOG_BYTES = MAX_BACKLOG_BYTES / 4;
