import type { ServerWebSocket } from "bun";
import type { Session } from "../accounts/tokens.ts";
import type { Subscriber } from "../delivery/subscriber.ts";
import type { CloseCode } from "../protocol/codes.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { FaultWindow, MessageBudget, type MessageRate } from "./limits.ts";

export type Socket = ServerWebSocket<Connection>;

/** One socket's state, held in `ws.data`. */
export class Connection {
  readonly budget: MessageBudget;
  /** When something last came from the client, on the coarse clock. */
  heardMs: number;
  /** Set from open to the end. */
  ws: Socket | undefined;
  /** Set from open to the end. */
  subscriber: Subscriber | undefined;
  #faults: FaultWindow | undefined;

  constructor(
    readonly session: Session,
    /** The client asked for `polyge.v2`. */
    readonly v2: boolean,
    rate: MessageRate,
    nowMs: number,
  ) {
    this.budget = new MessageBudget(rate, nowMs);
    this.heardMs = nowMs;
  }

  /** Counts a malformed frame; true where it is one too many. */
  fault(nowMs: number): boolean {
    this.#faults ??= new FaultWindow();
    return this.#faults.add(nowMs);
  }

  /** Closes with a code; a `polyge.v2` client is told first, and when to come back. */
  close(code: CloseCode, reason: string, retryAfterMs = 0): void {
    if (this.ws === undefined) return;
    if (this.v2) this.ws.send(JSON.stringify({ type: "bye", code, retryAfterMs } satisfies ServerMessage));
    this.ws.close(code, reason);
  }
}
