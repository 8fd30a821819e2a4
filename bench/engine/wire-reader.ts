/**
 * Walks the WebSocket frames of a server's byte stream (RFC 6455, section 5.2), however it is cut into chunks. It
 * counts data messages without looking into them and hands over control frames whole.
 */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL_BINARY = 0x80 | OPCODE.binary;
const LONGEST_HEADER = 10;
const LONGEST_CONTROL = 125;
const TWO_32 = 0x1_0000_0000;

/** A stream that no server may send. */
export class WireError extends Error {}

/** Takes a control frame; `payload` is only valid during the call. */
export type ControlHandler = (opcode: number, payload: Uint8Array) => void;

export class WireReader {
  /** Messages whose last byte has been read. */
  binaries = 0;
  texts = 0;

  private readonly onControl: ControlHandler;
  private readonly header = new Uint8Array(LONGEST_HEADER);
  private headerLength = 0;
  /** The frame being read, from its complete header on. */
  private inPayload = false;
  private opcode = 0;
  private final = false;
  private payloadLeft = 0;
  private readonly control = new Uint8Array(LONGEST_CONTROL);
  private controlLength = 0;
  /** Type of the message that the next continuation belongs to. */
  private messageOpcode = 0;

  constructor(onControl: ControlHandler) {
    this.onControl = onControl;
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
    this.controlLength = 0;
    this.inPayload = true;
    if (this.payloadLeft === 0) this.finishFrame();
    return at + 1;
  }

  private readPayload(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.payloadLeft, chunk.length - at);
    if (this.opcode >= OPCODE.close) {
      this.control.set(chunk.subarray(at, at + taken), this.controlLength);
      this.controlLength += taken;
    }
    this.payloadLeft -= taken;
    if (this.payloadLeft === 0) this.finishFrame();
    return at + taken;
  }

  private finishFrame(): void {
    this.inPayload = false;
    if (this.opcode >= OPCODE.close) {
      this.onControl(this.opcode, this.control.subarray(0, this.controlLength));
      return;
    }
    if (this.opcode !== OPCODE.continuation) this.messageOpcode = this.opcode;
    if (!this.final) return;
    if (this.messageOpcode === OPCODE.binary) this.binaries++;
    else this.texts++;
  }
}
