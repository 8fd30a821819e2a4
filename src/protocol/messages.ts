/**
 * The text messages of `polyge.v2` (contract of the delivery promise, in docs/protocol.md). Both ends use these schemas;
 * the AsyncAPI document is derived from them. `zod/mini` keeps them small enough for a browser.
 */
import * as z from "zod/mini";
import { MAX_UID } from "./frame.ts";

/** The WebSocket subprotocol that a client offers to get text messages beside the binary frames. */
export const SUBPROTOCOL = "polyge.v2";
/** A text message is at most this many bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 8192;
/** Users that one client may watch at a time. */
export const MAX_WATCHED = 500;
/** A client that resends a frame within this time is answered with its ack, and the frame is not delivered again. */
export const RESEND_WINDOW_MS = 10 * 60_000;

const uid = z.int().check(z.gte(1), z.lte(MAX_UID), z.describe("a user's id"));
const msgId = z.string().check(z.regex(/^\d{1,20}$/), z.describe("message id of the frame, in decimal"));

/** Why a frame was not accepted. Only `unavailable` and `rate_limited` are worth sending again, after a pause. */
export const NACK_CODES = ["unknown_user", "bad_crc", "rate_limited", "mailbox_full", "unavailable"] as const;
export type NackCode = (typeof NACK_CODES)[number];

/** `stored`: on disk. `delivered`: the target confirmed it. `stored` may be followed by `delivered`. */
export const ACK_STATUSES = ["stored", "delivered"] as const;
export type AckStatus = (typeof ACK_STATUSES)[number];

export const fromServer = {
  hello: z.object({
    type: z.literal("hello"),
    uid,
    limits: z.object({
      maxFrameBytes: z.int(),
      maxMessageBytes: z.int(),
      maxWatched: z.int(),
      messageRate: z.int(),
      messageBurst: z.int(),
      gotIntervalMs: z.int(),
      resendWindowMs: z.int(),
    }),
  }),
  ack: z.object({ type: z.literal("ack"), to: uid, msgId, status: z.enum(ACK_STATUSES) }),
  nack: z.object({ type: z.literal("nack"), to: uid, msgId, code: z.enum(NACK_CODES) }),
  presence: z.object({ type: z.literal("presence"), uid, online: z.boolean() }),
  typing: z.object({ type: z.literal("typing"), from: uid }),
  read: z.object({ type: z.literal("read"), by: uid, msgId }),
  bye: z.object({ type: z.literal("bye"), code: z.int(), retryAfterMs: z.int() }),
  error: z.object({
    type: z.literal("error"),
    code: z.enum(["bad_message", "too_large", "too_many"]),
    msg: z.string(),
  }),
};

export const fromClient = {
  got: z.object({
    type: z.literal("got"),
    n: z.int().check(z.gte(0), z.describe("it has processed the first n binary frames of this socket")),
  }),
  watch: z.object({ type: z.literal("watch"), uids: z.array(uid).check(z.maxLength(MAX_WATCHED)) }),
  unwatch: z.object({ type: z.literal("unwatch"), uids: z.array(uid).check(z.maxLength(MAX_WATCHED)) }),
  typing: z.object({ type: z.literal("typing"), to: uid }),
  read: z.object({ type: z.literal("read"), peer: uid, msgId }),
};

const clientMessage = z.discriminatedUnion("type", [
  fromClient.got,
  fromClient.watch,
  fromClient.unwatch,
  fromClient.typing,
  fromClient.read,
]);
const serverMessage = z.discriminatedUnion("type", [
  fromServer.hello,
  fromServer.ack,
  fromServer.nack,
  fromServer.presence,
  fromServer.typing,
  fromServer.read,
  fromServer.bye,
  fromServer.error,
]);

export type ClientMessage = z.infer<typeof clientMessage>;
export type ServerMessage = z.infer<typeof serverMessage>;
export type ServerError = z.infer<typeof fromServer.error>;

/** A message that is no JSON, or none of these; the text says what is wrong with it. */
export class MessageError extends Error {}

function parse<T>(schema: z.ZodMiniType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MessageError("not JSON");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new MessageError(`${issue.path.join(".") || "message"}: ${issue.message}`);
}

/** @throws MessageError */
export const parseClientMessage = (text: string): ClientMessage => parse(clientMessage, text);

/** @throws MessageError */
export const parseServerMessage = (text: string): ServerMessage => parse(serverMessage, text);
