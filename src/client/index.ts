/** The SDK: for browsers, Bun and Node.js 20 and later. docs/sdk.md shows how. */
export { RESEND_WINDOW_MS } from "../protocol/messages.ts";
export type { RetryTimes } from "./backoff.ts";
export type { Connection } from "./connection.ts";
export type { Conversation, HistoryRange, KeptMessage, Page } from "./conversations.ts";
export { type ClientErrorCode, PolygeError, type PolygeErrorCode } from "./errors.ts";
export type { ConnectionEvents, State } from "./events.ts";
export type { SocketClass, SocketLike } from "./link.ts";
export type { Message } from "./message.ts";
export { drawMsgId } from "./message-ids.ts";
export type { ConnectOptions } from "./options.ts";
export type { OwnProfile, ProfileChanges, PublicProfile, UserFilter, UserPage } from "./people.ts";
export { Polyge, type Surroundings } from "./polyge.ts";
export type { Sent } from "./sent.ts";
export type { Registration, Session } from "./session.ts";
