/** What clients send: frames, which are checked and handed to the delivery, and text messages. */
import type { Logger } from "pino";
import type { Delivery } from "../delivery/delivery.ts";
import type { HistoryQueue } from "../delivery/history-queue.ts";
import type { ReadMarks } from "../delivery/read-marks.ts";
import { Recipient } from "../delivery/recipient.ts";
import { CLOSE } from "../protocol/codes.ts";
import {
  crcMatches,
  hasMsgId,
  MIN_FRAME_BYTES,
  readMsgId,
  readUid,
  TARGET_OFFSET,
  TIMESTAMP_OFFSET,
  UID_OFFSET,
} from "../protocol/frame.ts";
import { type NackCode, type ServerError, SUBPROTOCOL } from "../protocol/messages.ts";
import type { Connection, Socket } from "./connection.ts";
import type { Entries } from "./entries.ts";
import type { MessageRate } from "./limits.ts";
import { handleMessage } from "./v2.ts";

/** No user has this uid: what is sent to one who has blocked the sender goes the way of what is sent to nobody. */
const NOBODY = 0;
const BLOCKED = new Recipient(NOBODY);

export interface IntakeSettings {
  readonly maxFrameBytes: number;
  readonly rate: MessageRate;
}

/** Where what is taken goes on to. */
export interface Onward {
  readonly delivery: Delivery;
  /** Both undefined where no history is kept. */
  readonly history: HistoryQueue | undefined;
  readonly readMarks: ReadMarks | undefined;
  /** Told who was turned out. */
  readonly entries: Entries;
}

export class Intake {
  /** Frames refused, by reason, and bytes of those taken. */
  readonly counts = { bytes: 0, malformed: 0, forged: 0, rateLimited: 0 };
  readonly #settings: IntakeSettings;
  readonly #clock: { readonly ms: number };
  readonly #delivery: Delivery;
  readonly #history: HistoryQueue | undefined;
  readonly #readMarks: ReadMarks | undefined;
  readonly #entries: Entries;
  readonly #log: Logger;
  #stopping = false;

  /** @param clock a coarse one will do */
  constructor(settings: IntakeSettings, clock: { readonly ms: number }, onward: Onward, log: Logger) {
    this.#settings = settings;
    this.#clock = clock;
    this.#delivery = onward.delivery;
    this.#history = onward.history;
    this.#readMarks = onward.readMarks;
    this.#entries = onward.entries;
    this.#log = log;
  }

  /** From now on, frames whose senders wait for an ack are refused. */
  stop(): void {
    this.#stopping = true;
  }

  /** The hot path: synchronous, and without an allocation of its own. */
  frame(ws: Socket, frame: Buffer): void {
    const connection = ws.data;
    const now = this.#clock.ms;
    connection.heardMs = now;
    if (frame.length > this.#settings.maxFrameBytes) return connection.close(CLOSE.messageTooBig, "frame too large");
    if (!connection.spend(now, this.#settings.rate)) return this.#rateLimited(connection, frame);
    if (frame.length < MIN_FRAME_BYTES || !crcMatches(frame, Bun.hash.crc32(frame))) {
      return this.#malformed(connection, frame);
    }
    if (readUid(frame, UID_OFFSET) !== connection.uid) {
      this.counts.forged++;
      return this.#expel(connection, "the frame's uid is not this socket's user");
    }
    const target = readUid(frame, TARGET_OFFSET);
    if (target === 0) return this.#malformed(connection, frame);
    if (connection.v2 && hasMsgId(frame) && this.#delivery.senders.isResent(frame)) return;
    // Stored after the last acks went out, it would be sent again after the restart and arrive twice.
    if (this.#stopping && connection.v2 && hasMsgId(frame)) return this.#unavailable(connection, frame);
    this.counts.bytes += frame.length;
    const peer = this.#peer(connection, target);
    const verdict =
      peer === BLOCKED ? this.#delivery.accept(NOBODY, undefined, frame) : this.#delivery.accept(target, peer, frame);
    if (verdict === "unavailable") return this.#unavailable(connection, frame);
    if (this.#history !== undefined && peer !== BLOCKED) this.#history.take(frame);
  }

  /** People write several frames to the same peer: looked up once, as the map has long left the processor's caches. */
  #peer(connection: Connection, target: number): Recipient | undefined {
    const { peer } = connection;
    if (peer !== undefined && peer.uid === target && peer.state !== "left") return peer;
    if (connection.subscriber!.recipient.blockers.has(target)) return BLOCKED;
    connection.peer = this.#delivery.recipients.get(target);
    return connection.peer;
  }

  text(ws: Socket, text: string): void {
    const connection = ws.data;
    connection.heardMs = this.#clock.ms;
    if (!connection.v2) return connection.close(CLOSE.unsupportedData, `text is for clients of ${SUBPROTOCOL}`);
    let answer: ServerError | undefined;
    if (connection.spend(connection.heardMs, this.#settings.rate))
      answer = handleMessage(text, connection, this.#delivery, this.#readMarks, this.#settings.rate);
    else {
      if (this.#refuse(connection)) return;
      answer = { type: "error", code: "too_many", msg: "more messages than limits.messageRate allows" };
    }
    if (answer !== undefined) this.#delivery.senders.tell(connection.subscriber!, answer);
  }

  /** Bun answers it, which costs as much as a message. */
  ping({ data: connection }: Socket): void {
    connection.heardMs = this.#clock.ms;
    if (!connection.spend(connection.heardMs, this.#settings.rate)) this.#refuse(connection);
  }

  /** Counts a message past the rate; true where there were so many that the socket is closed. */
  #refuse(connection: Connection): boolean {
    this.counts.rateLimited++;
    if (!connection.refuse(this.#clock.ms, this.#settings.rate)) return false;
    this.#expel(connection, "messages go on in spite of refusals");
    return true;
  }

  #rateLimited(connection: Connection, frame: Buffer): void {
    if (this.#refuse(connection)) return;
    if (connection.v2) this.#nack(connection, frame, "rate_limited");
    else this.#expel(connection, "more frames than MESSAGE_RATE and MESSAGE_BURST allow");
  }

  #malformed(connection: Connection, frame: Buffer): void {
    this.counts.malformed++;
    if (connection.v2) this.#nack(connection, frame, "bad_crc");
    if (connection.fault(this.#clock.ms)) this.#expel(connection, "too many malformed frames");
  }

  #expel(connection: Connection, reason: string): void {
    this.#log.info({ uid: connection.uid, reason }, "socket closed with 1008");
    this.#delivery.senders.hurry(connection.subscriber!);
    this.#entries.turnedOut(connection.uid);
    connection.close(CLOSE.policyViolation, reason);
  }

  /** Memory for what is neither confirmed nor stored is used up, or the node is stopping. A client without acks learns it by its socket's end. */
  #unavailable(connection: Connection, frame: Buffer): void {
    if (connection.v2) this.#delivery.senders.refused(frame, "unavailable");
    else connection.close(CLOSE.tryAgainLater, "the server cannot take more now");
  }

  /** Answers this socket alone: what the frame says of its sender is not to be believed yet. */
  #nack(connection: Connection, frame: Buffer, code: NackCode): void {
    if (frame.length < TIMESTAMP_OFFSET || !hasMsgId(frame)) return;
    const to = readUid(frame, TARGET_OFFSET);
    if (to === 0) return;
    this.#delivery.senders.tell(connection.subscriber!, { type: "nack", to, msgId: readMsgId(frame), code });
  }
}
