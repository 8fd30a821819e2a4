import { DRAIN_BACKLOG_BYTES, MAX_BACKLOG_BYTES, type Outlet } from "../../../src/delivery/outlet.ts";
import type { Subscriber } from "../../../src/delivery/subscriber.ts";
import type { Rules } from "./rules.ts";

/** How much the socket takes: all; all, but slowly, so that a drain has to wait; nothing more, its backlog being full. */
export type Appetite = "hungry" | "slow" | "full";

/**
 * A socket with its client. The client's part happens when the explorer says so. Of a client that dies unseen, it is
 * assumed that it got no more than what it has confirmed: the worst case for a loss.
 */
export class HeldSocket {
  /** What the server sent, in order: frames and the payloads of pings. */
  readonly wire: (Uint8Array | { ping: Buffer })[] = [];
  /** How much of it the client has answered for. */
  answered = 0;
  /** The client is there. */
  alive = true;
  /** The server has not closed it, nor noticed its death. */
  open = true;
  appetite: Appetite = "hungry";
  subscriber!: Subscriber;
  /** Payload of the last ping that was answered. */
  lastPing: Buffer | undefined;
  /** A full socket that is offered more ends at once, rather than when the server gets round to it. */
  closesWhenFull = false;
  /** What was on its way to the store when it opened. */
  waitsFor = { frames: 0, removals: 0 };

  /** @param onEnd the server's close handler, which Bun calls while `close` or `terminate` runs */
  constructor(
    readonly name: string,
    readonly v2: boolean,
    readonly rules: Rules,
    readonly onEnd: (socket: HeldSocket) => void,
  ) {}

  readonly outlet: Outlet = {
    send: (data) => (data as string).length,
    sendBinary: (data) => this.take(data as Uint8Array),
    ping: (payload) => {
      if (this.open && this.appetite !== "full") this.wire.push({ ping: Buffer.from(payload as Buffer) });
      return 1;
    },
    cork: (callback) => callback(undefined as never),
    getBufferedAmount: () => {
      if (!this.open || this.appetite === "hungry") return 0;
      return (this.appetite === "slow" ? DRAIN_BACKLOG_BYTES : MAX_BACKLOG_BYTES) + 1;
    },
    close: () => this.end(),
    terminate: () => this.end(),
  };

  get frames(): Uint8Array[] {
    return this.wire.filter((item) => item instanceof Uint8Array);
  }

  /** 0 where it was not taken, as Bun has it. */
  take(frame: Uint8Array): number {
    if (this.open && this.appetite === "full" && this.closesWhenFull) this.end();
    if (!this.open || this.appetite === "full") return 0;
    this.rules.sent(this, frame);
    this.wire.push(frame);
    return this.appetite === "slow" ? -1 : frame.length;
  }

  end(): void {
    if (!this.open) return;
    this.open = false;
    this.onEnd(this);
  }
}
