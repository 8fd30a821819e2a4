/** The text messages of `polyge.v2`: what a client may ask for beside the frames. */
import type { Config } from "../config.ts";
import { CONFIRM_INTERVAL_MS } from "../delivery/confirmation.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { ReadMarks } from "../delivery/read-marks.ts";
import type { Subscriber } from "../delivery/subscriber.ts";
import {
  type ClientMessage,
  MAX_MESSAGE_BYTES,
  MAX_WATCHED,
  MessageError,
  parseClientMessage,
  RESEND_WINDOW_MS,
  type ServerError,
  type ServerMessage,
  SUBPROTOCOL,
} from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";
import type { MessageRate } from "./limits.ts";

/** Whether a request's `Sec-WebSocket-Protocol` offers `polyge.v2`. */
export function offersV2(request: Request): boolean {
  const offered = request.headers.get("sec-websocket-protocol") ?? "";
  return offered.split(",").some((name) => name.trim() === SUBPROTOCOL);
}

/** The first message on a v2 socket. */
export function hello(uid: number, config: Config): ServerMessage {
  return {
    type: "hello",
    uid,
    limits: {
      maxFrameBytes: config.MAX_FRAME_BYTES,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxWatched: MAX_WATCHED,
      messageRate: config.MESSAGE_RATE,
      messageBurst: config.MESSAGE_BURST,
      gotIntervalMs: CONFIRM_INTERVAL_MS,
      resendWindowMs: RESEND_WINDOW_MS,
    },
  };
}

/**
 * Carries out a client's message. Each uid that it names counts as a message in the socket's rate, as each is work of its own.
 * @param readMarks undefined where no history is kept
 * @returns what to answer where it cannot be carried out
 */
export function handleMessage(
  text: string,
  connection: Connection,
  delivery: Delivery,
  readMarks: ReadMarks | undefined,
  rate: MessageRate,
): ServerError | undefined {
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    return { type: "error", code: "too_large", msg: `a message has ${MAX_MESSAGE_BYTES} bytes at most` };
  }
  let message: ClientMessage;
  try {
    message = parseClientMessage(text);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { type: "error", code: "bad_message", msg: error.message };
  }
  if ("uids" in message) connection.charge(Math.max(0, message.uids.length - 1), rate);
  return carryOut(message, connection.subscriber!, delivery, readMarks);
}

function carryOut(
  message: ClientMessage,
  subscriber: Subscriber,
  delivery: Delivery,
  readMarks: ReadMarks | undefined,
): ServerError | undefined {
  const { uid, blockers } = subscriber.recipient;
  switch (message.type) {
    case "got":
      if (delivery.receipts.got(subscriber, message.n)) return undefined;
      return { type: "error", code: "bad_message", msg: `n: this socket was not sent ${message.n} frames` };
    case "watch":
      if (delivery.presence.watch(subscriber, message.uids)) return undefined;
      return { type: "error", code: "too_many", msg: `uids: at most ${MAX_WATCHED} watched users` };
    case "unwatch":
      delivery.presence.unwatch(subscriber, message.uids);
      return undefined;
    case "typing":
      if (!blockers.has(message.to)) delivery.pass(message.to, { type: "typing", from: uid });
      return undefined;
    case "read":
      if (!blockers.has(message.peer)) delivery.pass(message.peer, { type: "read", by: uid, msgId: message.msgId });
      readMarks?.note(uid, message.peer, message.msgId);
      return undefined;
  }
}
