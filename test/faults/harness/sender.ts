/**
 * A client that sends. As `polyge.v2` it keeps every frame until it is acked or refused for good, and sends what it keeps
 * again, in order, after each reconnection: what the contract tells such clients to do.
 */
import { encodeFrame } from "../../../src/protocol/frame.ts";
import { parseServerMessage, type ServerMessage } from "../../../src/protocol/messages.ts";
import { type Address, type Login, Wire } from "./wire.ts";

const TICK_MS = 10;
const RETRY_MS = 40;
/** Pause before a frame that was refused for now is sent again. */
const REFUSED_PAUSE_MS = 250;
/** Unsent bytes at which a plain sender, who has no window of acks, waits for the server. */
const CROWDED_BYTES = 256 * 1024;

/** What frames carry: bytes that a database cannot compress, so that frames take the room that they seem to take. */
const RANDOM = crypto.getRandomValues(Buffer.alloc(65_536));

export interface SenderOptions {
  readonly at: Address;
  /** Where it goes next, in turns, whenever a connection has ended; none: to the same place again. */
  readonly others?: readonly Address[];
  readonly login: Login;
  readonly v2: boolean;
  readonly targets: readonly number[];
  /** Frames a second to all targets together. */
  readonly rate: number;
  readonly dataBytes: number;
  /** Frames unacked at most; a frame takes the next target that comes, acked or not. */
  readonly window?: number;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #kept = new Map<number, Uint8Array>();
  #wire: Wire | undefined;
  #ended = 0;
  #ready = false;
  #wanted = false;
  #producing = false;
  #tick: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;
  #credit = 0;
  #lastTick = 0;
  /** Target of each frame sent. */
  readonly sent = new Map<number, number>();
  /** Message ids acked `stored` or `delivered`, with the target. A plain client takes each frame as acked. */
  readonly acked = new Map<number, number>();
  /** Message ids acked `stored`, and acked `delivered`. */
  readonly statuses = { stored: 0, delivered: 0 };
  /** Nacks by code. */
  readonly nacks = new Map<string, number>();
  /** Refused at least once, so that a later frame may have overtaken them. */
  readonly refused = new Set<number>();
  /** Sent again, after a reconnection or a refusal. */
  readonly resent = new Set<number>();
  readonly ends = new Map<number, number>();
  connections = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get uid(): number {
    return this.#options.login.uid;
  }

  /** Frames that are neither acked nor refused for good. */
  get unsettled(): number {
    return this.#kept.size;
  }

  get online(): boolean {
    return this.#ready;
  }

  start(): this {
    this.#wanted = true;
    this.#connect();
    this.produce();
    return this;
  }

  /** Makes new frames at the rate. */
  produce(): void {
    this.#producing = true;
    this.#lastTick = performance.now();
    // Time: the pace of the frames.
    this.#tick ??= setInterval(() => this.#make(), TICK_MS);
  }

  /** Makes no more frames; what is unsettled is still sent again. */
  pause(): void {
    this.#producing = false;
  }

  /** Closes with a handshake, and comes back where it was not `leave` that ended it. */
  reconnect(): void {
    this.#ready = false;
    this.#wire?.close();
  }

  leave(): void {
    this.#wanted = false;
    this.#producing = false;
    clearInterval(this.#tick);
    clearTimeout(this.#retry);
    clearTimeout(this.#again);
    this.#wire?.close();
  }

  #connect(): void {
    const { at, others = [], login, v2 } = this.#options;
    const places = [at, ...others];
    this.#wire = new Wire(places[this.#ended % places.length]!, login, v2, {
      open: () => {
        this.connections++;
        this.#ready = true;
        for (const msgId of this.#kept.keys()) this.#sendAgain(msgId);
      },
      text: (text) => this.#hear(parseServerMessage(text)),
      end: (code, status) => {
        this.#ready = false;
        this.#ended++;
        const why = status === 101 ? code : (status ?? 0);
        this.ends.set(why, (this.ends.get(why) ?? 0) + 1);
        // Time: a client pauses before it connects again.
        if (this.#wanted) this.#retry = setTimeout(() => this.#connect(), RETRY_MS * (0.5 + Math.random()));
      },
    });
  }

  #make(): void {
    const now = performance.now();
    const { rate, window = Number.POSITIVE_INFINITY } = this.#options;
    this.#credit = Math.min(this.#credit + ((now - this.#lastTick) * rate) / 1000, Math.max(rate / 10, 1));
    this.#lastTick = now;
    while (this.#credit >= 1 && this.#producing && this.#ready) {
      if (this.#kept.size >= window || this.#wire!.pendingBytes > CROWDED_BYTES) return;
      this.#credit--;
      this.#sendNew();
    }
  }

  #sendNew(): void {
    const { login, targets, dataBytes, v2 } = this.#options;
    const msgId = this.#nextId++;
    const target = targets[msgId % targets.length]!;
    const data = RANDOM.subarray(msgId & 0xff, (msgId & 0xff) + dataBytes);
    const frame = { uid: login.uid, target, msgId: BigInt(msgId), timestampMs: BigInt(Date.now()), data };
    const bytes = encodeFrame(frame, Bun.hash.crc32);
    this.sent.set(msgId, target);
    if (v2) this.#kept.set(msgId, bytes);
    else this.acked.set(msgId, target);
    this.#wire!.send(bytes);
  }

  #sendAgain(msgId: number): void {
    this.resent.add(msgId);
    this.#wire!.send(this.#kept.get(msgId)!);
  }

  #hear(message: ServerMessage): void {
    if (message.type === "bye") this.#ready = false;
    else if (message.type === "ack") this.#settle(Number(message.msgId), message.status);
    else if (message.type === "nack") this.#refuse(Number(message.msgId), message.code);
  }

  #settle(msgId: number, status: "stored" | "delivered"): void {
    this.statuses[status]++;
    this.#kept.delete(msgId);
    this.acked.set(msgId, this.sent.get(msgId)!);
  }

  #refuse(msgId: number, code: string): void {
    this.nacks.set(code, (this.nacks.get(code) ?? 0) + 1);
    this.refused.add(msgId);
    if (code !== "unavailable" && code !== "rate_limited") {
      this.#kept.delete(msgId);
      return;
    }
    // Time: a client pauses before it sends what was refused again.
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      if (!this.#ready) return;
      for (const id of this.#kept.keys()) if (this.refused.has(id)) this.#sendAgain(id);
    }, REFUSED_PAUSE_MS);
  }
}
