/** A client that receives: it writes every frame down before it confirms it, and comes back whenever it is cut off. */
import { decodeFrame } from "../../../src/protocol/frame.ts";
import { type Address, type Login, Wire } from "./wire.ts";

/** A `polyge.v2` client confirms at most this often, in ms. */
const GOT_MS = 100;
const RETRY_MS = 40;

export interface ReceiverOptions {
  readonly at: Address;
  /** Where it goes next, in turns, whenever a connection has ended; none: to the same place again. */
  readonly others?: readonly Address[];
  readonly login: Login;
  /** Confirms by `got`; any other by pong. */
  readonly v2: boolean;
  /** A frame came. */
  record(sender: number, msgId: number): void;
  recordCorrupt(): void;
  /** Called before anything is confirmed. */
  commit?(): void;
  /** Called once a ping is answered: the client may leave now without an open question. */
  confirmed?(receiver: Receiver): void;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  #wire: Wire | undefined;
  #ended = 0;
  #frames = 0;
  #confirmed = 0;
  #got: ReturnType<typeof setInterval> | undefined;
  #wanted = false;
  #next: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** The upgrade was answered and nothing has ended the connection. */
  online = false;
  /** Connections that were upgraded. */
  connections = 0;
  /** How connections ended: close codes, and statuses of refused upgrades. */
  readonly ends = new Map<number, number>();

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Connects, and again whenever the connection ends. */
  start(): this {
    this.#wanted = true;
    this.#connect();
    return this;
  }

  /** Closes with a handshake and stays away. */
  leave(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#wire?.close();
  }

  /** The same. @param next called once the connection has ended */
  leaveThen(next: () => void): void {
    this.#next = next;
    this.leave();
  }

  /** Drops the TCP connection and stays away. */
  cut(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#wire?.cut();
  }

  #connect(): void {
    this.#frames = 0;
    this.#confirmed = 0;
    const { at, others = [], login, v2 } = this.#options;
    const places = [at, ...others];
    this.#wire = new Wire(places[this.#ended % places.length]!, login, v2, {
      open: () => {
        this.online = true;
        this.connections++;
        // Time: the pace of confirmations.
        if (v2) this.#got = setInterval(() => this.#confirm(), GOT_MS);
      },
      binary: (payload) => this.#take(payload),
      ping: (payload, wire) => {
        this.#options.commit?.();
        wire.pong(payload);
        this.#options.confirmed?.(this);
      },
      end: (code, status) => {
        this.online = false;
        this.#ended++;
        clearInterval(this.#got);
        const why = status === 101 ? code : (status ?? 0);
        this.ends.set(why, (this.ends.get(why) ?? 0) + 1);
        this.#next?.();
        // Time: a client pauses before it connects again.
        if (this.#wanted) this.#retry = setTimeout(() => this.#connect(), RETRY_MS * (0.5 + Math.random()));
      },
    });
  }

  #take(payload: Buffer): void {
    this.#frames++;
    const frame = decodeFrame(payload, Bun.hash.crc32);
    if (typeof frame === "string" || frame.target !== this.#options.login.uid) this.#options.recordCorrupt();
    else this.#options.record(frame.uid, Number(frame.msgId));
  }

  #confirm(): void {
    if (this.#frames === this.#confirmed) return;
    this.#options.commit?.();
    this.#confirmed = this.#frames;
    this.#wire!.sendText({ type: "got", n: this.#frames });
  }
}
