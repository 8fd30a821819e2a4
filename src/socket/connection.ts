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
  readonly uid: number;
  readonly tokenId: number;
  /** When something last came from the client, on the coarse clock. */
  heardMs: number;
  /** Where it stands in `Connections`; -1: nowhere. */
  place = -1;
  /** Set from open to the end. */
  ws: Socket | undefined;
  /** Set from open to the end. */
  subscriber: Subscriber | undefined;
  /** Whom it last sent a frame to. */
  peer: Recipient | undefined;
  /** Who had blocked the user when the socket was asked for. */
  readonly blockers: Blockers;
  /** Messages that it may still send, as of `#earnedMs`. */
  #budget: number;
  #earnedMs: number;
  #faults: Faults | undefined;

  constructor(
    { uid, tokenId }: Session,
    blockers: Blockers,
    /** The client asked for `polyge.v2`. */
    readonly v2: boolean,
    rate: MessageRate,
    nowMs: number,
  ) {
    this.uid = uid;
    this.tokenId = tokenId;
    this.blockers = blockers;
    this.#budget = rate.burst;
    this.#earnedMs = nowMs;
    this.heardMs = nowMs;
  }

  /** Takes one message out of the socket's token bucket; false where it is used up. */
  spend(nowMs: number, rate: MessageRate): boolean {
    if (nowMs !== this.#earnedMs) {
      const earned = ((nowMs - this.#earnedMs) * rate.perSecond) / 1000;
      this.#budget = Math.min(rate.burst, this.#budget + earned);
      this.#earnedMs = nowMs;
    }
    if (this.#budget < 1) return false;
    this.#budget -= 1;
    return true;
  }

  /** Takes more for a message that was let in, even past what is there: the next ones wait until it is earned. */
  charge(messages: number): void {
    this.#budget -= messages;
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
