import type { ServerWebSocket } from "bun";
import type { Session } from "../accounts/session.ts";
import type { CloseCode } from "../protocol/codes.ts";
import type { CoarseClock } from "./clock.ts";
import { FaultWindow, MessageBudget, type MessageRate } from "./limits.ts";

/** One socket's state, held in `ws.data`. */
export class Connection {
  readonly session: Session;
  readonly budget: MessageBudget;
  /** When something last came from the client, on the coarse clock. */
  heardMs: number;
  #faults: FaultWindow | undefined;
  #ws: ServerWebSocket<Connection> | undefined;

  constructor(session: Session, rate: MessageRate, nowMs: number) {
    this.session = session;
    this.budget = new MessageBudget(rate, nowMs);
    this.heardMs = nowMs;
  }

  get uid(): number {
    return this.session.uid;
  }

  get ws(): ServerWebSocket<Connection> {
    return this.#ws!;
  }

  opened(ws: ServerWebSocket<Connection>, clock: CoarseClock): void {
    this.#ws = ws;
    this.heardMs = clock.ms;
  }

  /** Counts a malformed frame; true where it is one too many. */
  fault(nowMs: number): boolean {
    this.#faults ??= new FaultWindow();
    return this.#faults.add(nowMs);
  }

  close(code: CloseCode, reason: string): void {
    this.#ws?.close(code, reason);
  }
}
