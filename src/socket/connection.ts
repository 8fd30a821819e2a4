import type { ServerWebSocket } from "bun";
import type { Session } from "../accounts/tokens.ts";
import type { Blockers } from "../delivery/blocks.ts";
import type { Recipient } from "../delivery/recipient.ts";
import type { Subscriber } from "../delivery/subscriber.ts";
import type { CloseCode } from "../protocol/codes.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { Faults, type MessageRate } from "./limits.ts";

export type Socket = ServerWebSocket<Connection>;

/**
 * One socket's state, held in `ws.data`. One object and no more: most sockets are idle, and memory is what they cost. A
 * thirteenth field would take 32 bytes.
 */
export class Connection {
  // Fields lie in memory in this order: those that a frame looks at come first.
  readonly uid: number;
  /** When something last came from the client, on the coarse clock. */
  heardMs: number;
  /** Until when the socket has paid for what it sent, at the rate of its messages. */
  #paidMs: number;
  /** Whom it last sent a frame to. */
  peer: Recipient | undefined;
  /** Where it stands in `Connections`; -1: nowhere. */
  place = -1;
  /** The client asked for `polyge.v2`. */
  readonly v2: boolean;
  readonly tokenId: number;
  /** Set from open to the end. */
  subscriber: Subscriber | undefined;
  /** Set from open to the end. */
  ws: Socket | undefined;
  /** Who had blocked the user when the socket was asked for. */
  readonly blockers: Blockers;
  #faults: Faults | undefined;

  constructor({ uid, tokenId }: Session, blockers: Blockers, v2: boolean, nowMs: number) {
    this.uid = uid;
    this.tokenId = tokenId;
    this.blockers = blockers;
    this.v2 = v2;
    this.#paidMs = nowMs;
    this.heardMs = nowMs;
  }

  get isOpen(): boolean {
    return this.place !== -1;
  }

  /** Pays for one message, by the generic cell rate algorithm (ITU-T I.371); false where that would be too far ahead. */
  spend(nowMs: number, { eachMs, aheadMs }: MessageRate): boolean {
    const paidMs = Math.max(this.#paidMs, nowMs) + eachMs;
    if (paidMs - nowMs > aheadMs) return false;
    this.#paidMs = paidMs;
    return true;
  }

  /** Pays for more messages, which are let in however far ahead that is: the next ones wait. */
  charge(messages: number, { eachMs }: MessageRate): void {
    this.#paidMs += messages * eachMs;
  }

  /** Counts a malformed frame; true where it is one too many. */
  fault(nowMs: number): boolean {
    this.#faults ??= new Faults();
    return this.#faults.malformed(nowMs);
  }

  /** Counts what `spend` did not allow; true where it goes on in spite of refusals. */
  refuse(nowMs: number, rate: MessageRate): boolean {
    this.#faults ??= new Faults();
    return this.#faults.refused(nowMs, rate);
  }

  /** Closes with a code; a `polyge.v2` client is told first, and when to come back. */
  close(code: CloseCode, reason: string, retryAfterMs = 0): void {
    if (this.ws === undefined) return;
    if (this.v2) this.ws.send(JSON.stringify({ type: "bye", code, retryAfterMs } satisfies ServerMessage));
    this.ws.close(code, reason);
  }
}
