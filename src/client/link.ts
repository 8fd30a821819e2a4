import {
  type ClientMessage,
  MAX_MESSAGE_BYTES,
  MessageError,
  parseServerMessage,
  type ServerMessage,
  SUBPROTOCOL,
} from "../protocol/messages.ts";

/** What the SDK needs of a WebSocket: browsers' and Bun's own, and the `ws` package's for Node.js before 22. */
export interface SocketLike {
  binaryType: string;
  readonly protocol: string;
  // biome-ignore-start lint/suspicious/noExplicitAny: each implementation has event classes of its own
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  // biome-ignore-end lint/suspicious/noExplicitAny: up to here
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}
export type SocketClass = new (url: string, protocols?: string | string[]) => SocketLike;

export type Limits = Extract<ServerMessage, { type: "hello" }>["limits"];

/** The server's defaults: a plain socket is not told them, and closed past them. */
export const PLAIN_LIMITS = { maxFrameBytes: 65_536, messageRate: 2000, messageBurst: 20_000 };

export interface LinkTimes {
  /** From the attempt to `hello` (v2) or to the open socket (plain), in ms; then it counts as failed. */
  readonly openMs: number;
  /** How often the server is asked for a sign of life (v2), in ms. None until the next time: the link counts as broken. */
  readonly heartbeatMs: number;
}

export interface LinkEnd {
  /** It was of use: `hello` had come, or a plain socket was open. */
  readonly opened: boolean;
  /** The WebSocket's close code; 1006 where this end gave it up. */
  readonly code: number;
  /** What `bye` said, in ms. */
  readonly retryAfterMs: number;
  /** It was taken without `polyge.v2`, though it was offered. */
  readonly refusedV2: boolean;
}

export interface LinkEvents {
  /** @param limits undefined: a plain socket */
  opened(limits: Limits | undefined): void;
  /** @param nth which of this socket's frames it is, from 1 */
  frame(bytes: Uint8Array, nth: number): void;
  message(message: ServerMessage): void;
  /** Once, and nothing after it. */
  ended(end: LinkEnd): void;
}

const BROKEN = 1006;
const NORMAL = 1000;

/** One WebSocket from the attempt to its end: who is at the other end, whether it is still there, what was confirmed. */
export class Link {
  readonly #socket: SocketLike;
  readonly #uid: number;
  readonly #events: LinkEvents;
  readonly #offersV2: boolean;
  readonly #times: LinkTimes;
  #limits: Limits | undefined;
  #opened = false;
  #over = false;
  #refusedV2 = false;
  #retryAfterMs = 0;
  #heard = true;
  #received = 0;
  #processed = 0;
  #confirmed = 0;
  #confirmedMs = 0;
  #gotTimer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout>;

  constructor(socketClass: SocketClass, url: string, uid: number, v2: boolean, times: LinkTimes, events: LinkEvents) {
    this.#uid = uid;
    this.#offersV2 = v2;
    this.#times = times;
    this.#events = events;
    this.#socket = v2 ? new socketClass(url, SUBPROTOCOL) : new socketClass(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#open();
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code }) => this.#end(code);
    // What matters of an error is the close that follows it.
    this.#socket.onerror = () => {};
    this.#watchdog = setTimeout(() => this.drop(), times.openMs);
  }

  /** Text messages and acks travel here. */
  get isV2(): boolean {
    return this.#limits !== undefined;
  }

  write(frame: Uint8Array<ArrayBuffer>): void {
    if (!this.#over) this.#socket.send(frame);
  }

  /** False, and nothing done, on a plain socket. */
  tell(message: ClientMessage): boolean {
    if (this.#over || !this.isV2) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** The first `nth` frames of this socket have been processed. Told to the server at most every `gotIntervalMs`. */
  processed(nth: number): void {
    if (this.#over || nth <= this.#processed) return;
    this.#processed = nth;
    if (this.#limits === undefined || this.#gotTimer !== undefined) return;
    const wait = this.#confirmedMs + this.#limits.gotIntervalMs - performance.now();
    this.#gotTimer = setTimeout(() => this.#confirm(), Math.max(0, wait));
  }

  /** Ends it in good order, with what was processed confirmed. */
  close(): void {
    this.#confirm();
    this.#abandon(NORMAL);
  }

  /** Ends it as broken. */
  drop(): void {
    this.#abandon(BROKEN);
  }

  /** The close event of a dead connection may be minutes away, so it is not waited for. */
  #abandon(code: number): void {
    if (this.#over) return;
    this.#end(code);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(NORMAL);
  }

  #open(): void {
    if (this.#socket.protocol === SUBPROTOCOL) return;
    if (this.#offersV2) {
      this.#refusedV2 = true;
      return this.drop();
    }
    this.#ready();
  }

  #ready(): void {
    this.#opened = true;
    clearTimeout(this.#watchdog);
    if (this.isV2) this.#watchdog = setTimeout(() => this.#listen(), this.#times.heartbeatMs);
    this.#events.opened(this.#limits);
  }

  #receive(data: string | ArrayBuffer): void {
    this.#heard = true;
    if (typeof data !== "string") return this.#events.frame(new Uint8Array(data), ++this.#received);
    // A newer server may say what this client does not know.
    if (!this.#offersV2 || data.length > MAX_MESSAGE_BYTES) return;
    let message: ServerMessage;
    try {
      message = parseServerMessage(data);
    } catch (error) {
      if (error instanceof MessageError) return;
      throw error;
    }
    if (message.type === "hello") {
      this.#limits = message.limits;
      this.#ready();
    } else {
      if (message.type === "bye") this.#retryAfterMs = message.retryAfterMs;
      this.#events.message(message);
    }
  }

  #confirm(): void {
    clearTimeout(this.#gotTimer);
    this.#gotTimer = undefined;
    if (this.#processed === this.#confirmed || !this.tell({ type: "got", n: this.#processed })) return;
    this.#confirmed = this.#processed;
    this.#confirmedMs = performance.now();
  }

  /** Browsers show no pings. What a server always answers is `watch`, here of oneself. */
  #listen(): void {
    if (!this.#heard) return this.drop();
    this.#heard = false;
    this.tell({ type: "watch", uids: [this.#uid] });
    this.#watchdog = setTimeout(() => this.#listen(), this.#times.heartbeatMs);
  }

  #end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#watchdog);
    clearTimeout(this.#gotTimer);
    this.#events.ended({ opened: this.#opened, code, retryAfterMs: this.#retryAfterMs, refusedV2: this.#refusedV2 });
  }
}
