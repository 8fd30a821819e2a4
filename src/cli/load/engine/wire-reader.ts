/**
 * Walks the WebSocket frames of a server's byte stream (RFC 6455, section 5.2), however it is cut into chunks. It
 * counts data messages and hands over control frames whole; the messages too where that is asked for.
 */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL_BINARY = 0x80 | OPCODE.binary;
const LONGEST_HEADER = 10;
const LONGEST_CONTROL = 125;
const TWO_32 = 0x1_0000_0000;
const NOTHING = new Uint8Array(0);

/** A stream that no server may send. */
export class WireError extends Error {}

/** What is handed over is only valid during the call. */
export interface WireHandler {
  control(opcode: number, payload: Uint8Array): void;
  /** A binary message: `bytes` from `from` up to `to`. Not called by a reader that only counts. */
  message?(bytes: Uint8Array, from: number, to: number): void;
  /** A text message. Not called by a reader that only counts. */
  text?(bytes: Uint8Array): void;
}

export class WireReader {
  /** Messages whose last byte has been read. */
  binaries = 0;
  texts = 0;

  private readonly handler: WireHandler;
  private readonly handsOver: boolean;
  private readonly header = new Uint8Array(LONGEST_HEADER);
  private headerLength = 0;
  /** The frame being read, from its complete header on. */
  private inPayload = false;
  private opcode = 0;
  private final = false;
  private payloadLeft = 0;
  /** A control frame's payload so far. Made for each, since most sockets of a crowd have none under way. */
  private control = NOTHING;
  private controlLength = 0;
  /** Type of the message that the next continuation belongs to. */
  private messageOpcode = 0;
  /** A message so far, where it is to be handed over and came in parts. */
  private parts: Uint8Array[] | undefined;

  /** @param handsOver whether the handler wants the messages, or only their number */
  constructor(handler: WireHandler, handsOver = false) {
    this.handler = handler;
    this.handsOver = handsOver;
  }

  /** @throws WireError after which the stream cannot be followed any more */
  read(chunk: Uint8Array, from = 0): void {
    const end = chunk.length;
    let at = from;
    while (at < end) {
      // Hot path: a short unfragmented binary message that lies wholly in this chunk.
      if (!this.inPayload && this.headerLength === 0 && chunk[at] === FINAL_BINARY && at + 1 < end) {
        const next = at + 2 + chunk[at + 1]!;
        if (chunk[at + 1]! < 126 && next <= end) {
          this.binaries++;
          if (this.handsOver) this.handler.message?.(chunk, at + 2, next);
          at = next;
          continue;
        }
      }
      at = this.inPayload ? this.readPayload(chunk, at) : this.readHeaderByte(chunk[at]!, at);
    }
  }

  private readHeaderByte(byte: number, at: number): number {
    const header = this.header;
    header[this.headerLength++] = byte;
    if (this.headerLength < 2) return at + 1;
    const short = header[1]!;
    if (short > 127) throw new WireError("a server must not mask its frames");
    const needed = short < 126 ? 2 : short === 126 ? 4 : LONGEST_HEADER;
    if (this.headerLength < needed) return at + 1;

    this.headerLength = 0;
    this.final = header[0]! >= 0x80;
    this.opcode = header[0]! & 0x0f;
    const view = new DataView(header.buffer);
    this.payloadLeft =
      needed === 2 ? short : needed === 4 ? view.getUint16(2) : view.getUint32(2) * TWO_32 + view.getUint32(6);
    if (this.opcode >= OPCODE.close && (!this.final || this.payloadLeft > LONGEST_CONTROL)) {
      throw new WireError("a control frame must be one frame of at most 125 bytes");
    }
    if (this.opcode >= OPCODE.close) {
      this.control = new Uint8Array(this.payloadLeft);
      this.controlLength = 0;
    }
    this.inPayload = true;
    if (this.payloadLeft === 0) this.finishFrame();
    return at + 1;
  }

  private readPayload(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.payloadLeft, chunk.length - at);
    if (this.opcode >= OPCODE.close) {
      this.control.set(chunk.subarray(at, at + taken), this.controlLength);
      this.controlLength += taken;
    } else if (this.handsOver) {
      this.parts ??= [];
      this.parts.push(chunk.slice(at, at + taken));
    }
    this.payloadLeft -= taken;
    if (this.payloadLeft === 0) this.finishFrame();
    return at + taken;
  }

  private finishFrame(): void {
    this.inPayload = false;
    if (this.opcode >= OPCODE.close) {
      const payload = this.control;
      this.control = NOTHING;
      this.handler.control(this.opcode, payload);
      return;
    }
    if (this.opcode !== OPCODE.continuation) this.messageOpcode = this.opcode;
    if (!this.final) return;
    const parts = this.parts;
    this.parts = undefined;
    const isBinary = this.messageOpcode === OPCODE.binary;
    if (isBinary) this.binaries++;
    else this.texts++;
    if (!this.handsOver) return;
    const message = Buffer.concat(parts ?? []);
    if (isBinary) this.handler.message?.(message, 0, message.length);
    else this.handler.text?.(message);
  }
}
