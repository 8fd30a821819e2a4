/**
 * A WebSocket client on a bare TCP socket (RFC 6455), in full control of what goes over the wire. Everything that comes is
 * queued and awaited; a wait ends with an error when the connection does, so a test that waits in vain says why.
 */
import type { Socket } from "bun";
import { encodeFrame, type Frame } from "../../src/protocol/frame.ts";
import { parseServerMessage, type ServerMessage, SUBPROTOCOL } from "../../src/protocol/messages.ts";

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const KEY = "AAAAAAAAAAAAAAAAAAAAAA==";
/** SHA-1 of the key and RFC 6455's GUID, in base64. */
const ACCEPT = new Bun.CryptoHasher("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

export const crc32 = (bytes: Uint8Array): number => Bun.hash.crc32(bytes);

/** A masked WebSocket frame, whole or a fragment. */
export function wireFrame(opcode: number, payload: Uint8Array, final = true): Buffer {
  const size = payload.length;
  const extended = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const wire = Buffer.alloc(2 + extended + 4 + size);
  wire[0] = (final ? 0x80 : 0) | opcode;
  wire[1] = 0x80 | (extended === 0 ? size : extended === 2 ? 126 : 127);
  if (extended === 2) wire.writeUInt16BE(size, 2);
  if (extended === 8) wire.writeBigUInt64BE(BigInt(size), 2);
  const mask = crypto.getRandomValues(wire.subarray(2 + extended, 6 + extended));
  for (let i = 0; i < size; i++) wire[6 + extended + i] = payload[i]! ^ mask[i & 3]!;
  return wire;
}

/** What came and was not taken yet, and who waits for more. */
class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: PromiseWithResolvers<T>[] = [];
  #end: Error | undefined;

  put(item: T): void {
    const first = this.#waiting.shift();
    if (first) first.resolve(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    const waiter = Promise.withResolvers<T>();
    if (this.#items.length > 0) waiter.resolve(this.#items.shift()!);
    else if (this.#end) waiter.reject(this.#end);
    else this.#waiting.push(waiter);
    return waiter.promise;
  }

  /** All that came and was not taken. */
  rest(): T[] {
    return this.#items.splice(0);
  }

  end(reason: Error): void {
    this.#end = reason;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason);
  }
}

export interface Login {
  readonly uid: number;
  readonly token: string;
}

export interface PeerOptions {
  /** Offers `polyge.v2`. */
  v2?: boolean;
  /** The `Sec-WebSocket-Protocol` header as it is, instead. */
  offers?: string;
  /** False: pings wait in `nextPing` for a `pong` by hand. */
  answersPings?: boolean;
}

/** An upgrade that was refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    /** Status line and headers. */
    readonly head: string,
  ) {
    super(`no upgrade: ${head.split("\r\n", 1)[0]}`);
  }
}

export class Peer {
  answersPings: boolean;
  /** Status line and headers of the answer to the upgrade. */
  head = "";
  /** Resolves when the connection ends, with the close frame's code; 1005: it had none, 1006: there was no close frame. */
  readonly closed: Promise<number>;
  /** The close frame's code, as soon as it came. */
  closeCode: number | undefined;
  readonly #ended = Promise.withResolvers<number>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #frames = new Inbox<Buffer>();
  readonly #texts = new Map<string, Inbox<ServerMessage>>();
  /** Types of the text messages in the order in which they came. */
  readonly textOrder: string[] = [];
  readonly #pings = new Inbox<Buffer>();
  readonly #pongs = new Inbox<Buffer>();
  #socket: Socket<Peer> | undefined;
  #unread: Buffer = Buffer.alloc(0);
  #unsent: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #end: Error | undefined;
  #syncs = 0;

  private constructor(
    readonly login: Login,
    readonly request: string,
    options: PeerOptions,
  ) {
    this.answersPings = options.answersPings ?? true;
    this.closed = this.#ended.promise;
  }

  get uid(): number {
    return this.login.uid;
  }

  /** @throws Refused where the answer is no 101 */
  static async open(url: string, login: Login, options: PeerOptions = {}): Promise<Peer> {
    const { hostname, port, host } = new URL(url);
    const offers = options.offers ?? (options.v2 ? SUBPROTOCOL : undefined);
    const request =
      `GET /wsconn?uid=${login.uid}&token=${login.token} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n` +
      `${offers === undefined ? "" : `Sec-WebSocket-Protocol: ${offers}\r\n`}\r\n`;
    const peer = new Peer(login, request, options);
    await Bun.connect({ hostname, port: Number(port), data: peer, socket: HANDLERS });
    await peer.#opened.promise;
    return peer;
  }

  /** The next binary message. */
  nextFrame(): Promise<Buffer> {
    return this.#frames.next();
  }

  /** The next `count` binary messages. */
  async frames(count: number): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    while (frames.length < count) frames.push(await this.#frames.next());
    return frames;
  }

  /** The next `count` messages as the data that they carry, as text. */
  async data(count: number): Promise<string[]> {
    return (await this.frames(count)).map(dataOf);
  }

  /** Binary messages that came and were not taken: all there will be, where the connection is over. */
  untaken(): Buffer[] {
    return this.#frames.rest();
  }

  /**
   * All binary messages not taken yet that the server has for this client by now. It sends a frame to itself, which comes
   * behind them, also while the socket is still being brought up to date.
   */
  async soFar(): Promise<Buffer[]> {
    const marker = Buffer.from(this.send(this.uid, { data: `marker ${++this.#syncs}` }));
    const frames: Buffer[] = [];
    for (;;) {
      const frame = await this.#frames.next();
      if (frame.equals(marker)) return frames;
      frames.push(frame);
    }
  }

  /** The next text message of a type. */
  next<T extends ServerMessage["type"]>(type: T): Promise<Extract<ServerMessage, { type: T }>> {
    return this.#textsOf(type).next() as Promise<Extract<ServerMessage, { type: T }>>;
  }

  /** Text messages of a type that came and were not taken. */
  untakenTexts(type: ServerMessage["type"]): ServerMessage[] {
    return this.#textsOf(type).rest();
  }

  /** The payload of the next ping that was not answered. */
  nextPing(): Promise<Buffer> {
    return this.#pings.next();
  }

  /** Sends a frame of this user. @returns its bytes */
  send(target: number, fields: Partial<Omit<Frame, "data">> & { data?: Uint8Array | string } = {}): Uint8Array {
    const bytes = this.frame(target, fields);
    this.sendBytes(bytes);
    return bytes;
  }

  /** A frame of this user, unsent. */
  frame(target: number, fields: Partial<Omit<Frame, "data">> & { data?: Uint8Array | string } = {}): Uint8Array {
    const { data = "", ...others } = fields;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    return encodeFrame({ uid: this.uid, target, msgId: 0n, timestampMs: 0n, ...others, data: bytes }, crc32);
  }

  sendBytes(bytes: Uint8Array): void {
    this.write(wireFrame(OPCODE.binary, bytes));
  }

  sendText(text: string | object): void {
    this.write(wireFrame(OPCODE.text, Buffer.from(typeof text === "string" ? text : JSON.stringify(text))));
  }

  pong(payload: Uint8Array): void {
    this.write(wireFrame(OPCODE.pong, payload));
  }

  /**
   * The server has done all that this client sent before, and this client has all that the server sent it before. Two
   * pings and their pongs, one after the other: texts leave at the end of the turn in which the first pong left.
   */
  async sync(): Promise<void> {
    await this.#roundTrip();
    await this.#roundTrip();
  }

  async #roundTrip(): Promise<void> {
    const payload = Buffer.from(`sync ${++this.#syncs}`);
    this.write(wireFrame(OPCODE.ping, payload));
    while (!(await this.#pongs.next()).equals(payload));
  }

  /** Starts the closing handshake. */
  close(code = 1000): Promise<number> {
    this.write(wireFrame(OPCODE.close, Uint8Array.of(code >> 8, code & 255)));
    return this.closed;
  }

  /** Ends the TCP connection without a close frame. */
  cut(): void {
    this.#socket?.terminate();
    this.gone();
  }

  /** Reads nothing more, so that what is sent to it piles up. */
  stopReading(): void {
    this.#socket?.pause();
  }

  readAgain(): void {
    this.#socket?.resume();
  }

  /** Bytes as they are. */
  write(bytes: Uint8Array): void {
    if (this.#end || !this.#socket) return;
    this.#unsent = this.#unsent.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#unsent, bytes]);
    this.drained();
  }

  opened(socket: Socket<Peer>): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.write(this.request);
  }

  drained(): void {
    if (this.#unsent.length === 0) return;
    const written = Math.max(this.#socket!.write(this.#unsent), 0);
    this.#unsent = this.#unsent.subarray(written);
  }

  received(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#unread, chunk]);
    if (!this.#isOpen && !this.#readHead()) return;
    while (this.#readFrame());
  }

  gone(): void {
    if (this.#end) return;
    const code = this.closeCode ?? 1006;
    this.#end = new Error(`the connection ended with ${code}`);
    for (const inbox of [this.#frames, this.#pings, this.#pongs, ...this.#texts.values()]) inbox.end(this.#end);
    this.#opened.reject(this.#end);
    this.#ended.resolve(code);
  }

  #textsOf(type: string): Inbox<ServerMessage> {
    let inbox = this.#texts.get(type);
    if (!inbox) {
      inbox = new Inbox();
      this.#texts.set(type, inbox);
      if (this.#end) inbox.end(this.#end);
    }
    return inbox;
  }

  #readHead(): boolean {
    const end = this.#unread.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.head = this.#unread.toString("latin1", 0, end);
    this.#unread = this.#unread.subarray(end + 4);
    if (!this.head.startsWith("HTTP/1.1 101 ") || !this.head.includes(ACCEPT)) {
      this.#opened.reject(new Refused(Number(this.head.split(" ")[1]), this.head));
      this.cut();
      return false;
    }
    this.#isOpen = true;
    this.#opened.resolve();
    return true;
  }

  #readFrame(): boolean {
    const bytes = this.#unread;
    if (bytes.length < 2) return false;
    const short = bytes[1]! & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return false;
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + size) return false;
    this.#unread = bytes.subarray(head + size);
    this.#take(bytes[0]!, bytes.subarray(head, head + size));
    return true;
  }

  #take(first: number, payload: Buffer): void {
    if (first < 0x80) throw new Error("the server sent a fragment, which this client does not read");
    const opcode = first & 0x0f;
    if (opcode === OPCODE.binary) this.#frames.put(Buffer.from(payload));
    else if (opcode === OPCODE.text) {
      const message = parseServerMessage(payload.toString());
      this.textOrder.push(message.type);
      this.#textsOf(message.type).put(message);
    } else if (opcode === OPCODE.pong) this.#pongs.put(Buffer.from(payload));
    else if (opcode === OPCODE.ping) {
      if (this.answersPings) this.pong(payload);
      else this.#pings.put(Buffer.from(payload));
    } else if (opcode === OPCODE.close) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.write(wireFrame(OPCODE.close, payload.subarray(0, 2)));
      this.#socket?.end();
      this.gone();
    }
  }
}

/** The data of a frame, as text. */
export const dataOf = (frame: Uint8Array): string => Buffer.from(frame).toString("utf8", 32, frame.length - 4);

/** One set of handlers for every peer: the peer itself is `socket.data`. */
const HANDLERS = {
  binaryType: "buffer" as const,
  open: (socket: Socket<Peer>) => socket.data.opened(socket),
  data: (socket: Socket<Peer>, chunk: Buffer) => socket.data.received(chunk),
  drain: (socket: Socket<Peer>) => socket.data.drained(),
  close: (socket: Socket<Peer>) => socket.data.gone(),
  error: (socket: Socket<Peer>) => socket.data.gone(),
};
