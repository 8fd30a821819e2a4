/**
 * One WebSocket on a bare TCP socket. Bun's own WebSocket class costs more per message than the server under test, so
 * that a benchmark through it would measure the client.
 */
import type { Socket } from "bun";
import { Answers } from "./answers.ts";
import { type FrameBlock, maskedFrame } from "./frames.ts";
import { OPCODE, type WireHandler, WireReader } from "./wire-reader.ts";

const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const LARGEST_RESPONSE_HEAD = 16_384;

export interface Login {
  readonly uid: number;
  readonly token: string;
}

export interface ConnectionEvents {
  /** The server has accepted. Before anything else of it, which may have come in the same read. */
  onOpen?(connection: Connection): void;
  /** Once per chunk that held the end of `messages` binary messages. */
  onBinaries?(connection: Connection, messages: number): void;
  /** Each binary message: `bytes` from `from` up to `to`, valid during the call. Costs more than counting them. */
  onMessage?(connection: Connection, bytes: Uint8Array, from: number, to: number): void;
  /** Each text message, where `onMessage` is given too. */
  onText?(connection: Connection, text: string): void;
  /** The TCP connection is gone; `connection.closeCode` says why. Not called for a connection that never opened. */
  onEnd?(connection: Connection): void;
}

export interface ConnectionOptions {
  /** The owner's number for this connection. */
  readonly tag?: number;
  /** WebSocket subprotocol to ask for. */
  readonly protocol?: string;
  /** How long the upgrade may take, in ms. */
  readonly timeoutMs?: number;
  /** With wss: takes any certificate, self-signed ones too. */
  readonly insecure?: boolean;
  /** IP address to connect from. */
  readonly localAddress?: string | undefined;
}

/** What a connection needs until it is one; given up then, since a crowd of sockets keeps every byte 20,000 times. */
interface Upgrade {
  readonly key: string;
  readonly requestTarget: string;
  readonly settle: PromiseWithResolvers<Connection>;
  /** What of the HTTP response has arrived. */
  response: Buffer;
}

/** One for all, since reads are handled one after the other. */
const answers = new Answers();
/** The connection whose read is being handled. */
let reading: Connection | undefined;

export class Connection implements WireHandler {
  /** As given to `open`; 0 where it was not. */
  readonly tag: number;
  /** Pings answered so far. */
  pings = 0;
  /** Code of the server's close frame; 1005: it had none, 1006: the connection ended without one. */
  closeCode: number | undefined;
  readonly reader: WireReader;

  private readonly events: ConnectionEvents;
  private readonly secure: boolean;
  private socket: Socket<Connection> | undefined;
  /** Undefined once the server has accepted. */
  private upgrade: Upgrade | undefined;
  private ended = false;
  /** Bytes that the socket did not take, in order; sent when it drains. */
  private backlog: Uint8Array[] = [];
  private backlogBytes = 0;

  private constructor(events: ConnectionEvents, upgrade: Upgrade, secure: boolean, tag: number) {
    this.secure = secure;
    this.tag = tag;
    this.events = events;
    this.upgrade = upgrade;
    this.reader = new WireReader(this, events.onMessage !== undefined);
  }

  /**
   * Opens `url` (ws://host:port/path, or wss:).
   * @throws Error where the server refuses, naming its HTTP status
   */
  static open(url: URL, login: Login, events: ConnectionEvents, options: ConnectionOptions = {}): Promise<Connection> {
    const settle = Promise.withResolvers<Connection>();
    const protocol = options.protocol === undefined ? "" : `\r\nSec-WebSocket-Protocol: ${options.protocol}`;
    const upgrade = {
      key: crypto.getRandomValues(Buffer.alloc(16)).toString("base64"),
      requestTarget: `${url.pathname}?uid=${login.uid}&token=${login.token} HTTP/1.1\r\nHost: ${url.host}${protocol}`,
      settle,
      response: Buffer.alloc(0),
    };
    const secure = url.protocol === "wss:";
    const connection = new Connection(events, upgrade, secure, options.tag ?? 0);
    if (options.timeoutMs !== undefined) {
      const timer = setTimeout(() => connection.late(), options.timeoutMs);
      const settled = () => clearTimeout(timer);
      settle.promise.then(settled, settled);
    }
    Bun.connect({
      hostname: url.hostname,
      port: Number(url.port || (secure ? 443 : 80)),
      ...(secure && { tls: { serverName: url.hostname, rejectUnauthorized: options.insecure !== true } }),
      // Bun.connect takes it as node:net does, though its types do not say so.
      ...(options.localAddress !== undefined && { localAddress: options.localAddress }),
      data: connection,
      socket: HANDLERS,
    }).catch(settle.reject);
    return settle.promise;
  }

  /** Bytes accepted by `send` that the kernel has not taken yet. */
  get pendingBytes(): number {
    return this.backlogBytes;
  }

  /** Sends the block's frame `times` times, in as few writes as its copies allow. */
  send(block: FrameBlock, times: number): void {
    let left = times;
    while (left > 0) {
      const now = Math.min(left, block.copies);
      this.write(block.bytes, now * block.stride);
      left -= now;
    }
  }

  /** Sends a short text message. */
  sendText(text: string): void {
    const wire = maskedFrame(OPCODE.text, Buffer.from(text));
    this.write(wire, wire.length);
  }

  /** Starts the closing handshake. */
  close(code = 1000): void {
    const wire = maskedFrame(OPCODE.close, Uint8Array.of(code >> 8, code & 255));
    this.write(wire, wire.length);
  }

  /** Drops the TCP connection without a word. */
  terminate(): void {
    this.socket?.terminate();
  }

  opened(socket: Socket<Connection>): void {
    this.socket = socket;
    if (!this.secure) this.request(socket);
  }

  /** Over TLS, where what is written before this is dropped. */
  shookHands(socket: Socket<Connection>, trusted: boolean, fault: Error | null): void {
    if (trusted) return this.request(socket);
    this.gone(fault ?? new Error("the TLS handshake failed"));
  }

  /** For `open`: the upgrade took too long. */
  private late(): void {
    this.gone(new Error("no answer to the upgrade in time"));
    this.terminate();
  }

  private request(socket: Socket<Connection>): void {
    const { requestTarget, key } = this.upgrade!;
    socket.write(
      `GET ${requestTarget}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  }

  received(chunk: Buffer): void {
    const from = this.upgrade === undefined ? 0 : this.readResponse(chunk, this.upgrade);
    if (from < 0) return;
    const before = this.reader.binaries;
    reading = this;
    try {
      this.reader.read(chunk, from);
      const messages = this.reader.binaries - before;
      if (messages > 0) this.events.onBinaries?.(this, messages);
    } finally {
      reading = undefined;
      this.sendAnswers();
    }
  }

  private sendAnswers(): void {
    if (answers.length === 0) return;
    const bytes = answers.take();
    this.pass(bytes, bytes.length);
  }

  drained(): void {
    const waiting = this.backlog;
    this.backlog = [];
    this.backlogBytes = 0;
    for (const bytes of waiting) this.write(bytes, bytes.length);
  }

  gone(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    if (this.upgrade !== undefined) {
      this.upgrade.settle.reject(error ?? new Error("the server closed the connection during the upgrade"));
      return;
    }
    this.closeCode ??= 1006;
    this.events.onEnd?.(this);
  }

  /** Index in `chunk` at which frames begin; -1: the response is not complete, or is a refusal. */
  private readResponse(chunk: Buffer, upgrade: Upgrade): number {
    const before = upgrade.response.length;
    const head = Buffer.concat([upgrade.response, chunk]);
    upgrade.response = head;
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && head.length < LARGEST_RESPONSE_HEAD) return -1;
    const text = head.toString("latin1", 0, Math.max(end, 0));
    const accept = new Bun.CryptoHasher("sha1").update(upgrade.key + ACCEPT_GUID).digest("base64");
    if (!text.startsWith("HTTP/1.1 101 ") || !text.includes(accept)) {
      const status = text.split("\r\n", 1)[0];
      this.gone(new Error(`no upgrade: ${status || "not an HTTP response"}`));
      this.terminate();
      return -1;
    }
    this.upgrade = undefined;
    this.events.onOpen?.(this);
    upgrade.settle.resolve(this);
    return end + 4 - before;
  }

  /** For its reader. */
  message(bytes: Uint8Array, from: number, to: number): void {
    this.events.onMessage?.(this, bytes, from, to);
  }

  /** For its reader. */
  text(bytes: Uint8Array): void {
    this.events.onText?.(this, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  }

  /** For its reader: a control frame. */
  control(opcode: number, payload: Uint8Array): void {
    if (opcode === OPCODE.ping) {
      this.pings++;
      if (answers.pong(payload)) return;
      this.sendAnswers();
      answers.pong(payload);
    } else if (opcode === OPCODE.close) {
      this.closeCode = payload.length >= 2 ? payload[0]! * 256 + payload[1]! : 1005;
      const echo = maskedFrame(OPCODE.close, payload.subarray(0, 2));
      this.write(echo, echo.length);
      this.socket?.end();
    }
  }

  /** Writes the first `length` bytes of whole WebSocket frames, behind whatever still waits; the caller keeps `bytes`. */
  write(bytes: Uint8Array, length: number): void {
    if (reading === this && answers.length > 0) {
      if (answers.add(bytes, length)) return this.sendAnswers();
      this.sendAnswers();
    }
    this.pass(bytes, length);
  }

  private pass(bytes: Uint8Array, length: number): void {
    if (this.ended || this.socket === undefined) return;
    const written = this.backlogBytes > 0 ? 0 : Math.max(this.socket.write(bytes, 0, length), 0);
    if (written === length) return;
    this.backlog.push(bytes.slice(written, length));
    this.backlogBytes += length - written;
  }
}

/** One set of handlers for every socket: the connection itself is `socket.data`. */
const HANDLERS = {
  binaryType: "buffer" as const,
  open: (socket: Socket<Connection>) => socket.data.opened(socket),
  data: (socket: Socket<Connection>, chunk: Buffer) => {
    try {
      socket.data.received(chunk);
    } catch (error) {
      socket.data.gone(error instanceof Error ? error : new Error(String(error)));
      socket.terminate();
    }
  },
  handshake: (socket: Socket<Connection>, trusted: boolean, fault: Error | null) =>
    socket.data.shookHands(socket, trusted, fault),
  drain: (socket: Socket<Connection>) => socket.data.drained(),
  close: (socket: Socket<Connection>) => socket.data.gone(),
  error: (socket: Socket<Connection>, error: Error) => socket.data.gone(error),
};
