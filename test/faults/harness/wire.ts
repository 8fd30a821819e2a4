/**
 * One WebSocket on a bare TCP socket, whose owner sees every frame, text and ping in the order in which they came, before
 * anything is answered: a library that answers pings by itself would confirm what its owner has not written down yet.
 */
import { connect, type Socket } from "node:net";
import { maskedFrame } from "../../../src/cli/load/engine/frames.ts";
import { OPCODE } from "../../../src/cli/load/engine/wire-reader.ts";
import { SUBPROTOCOL } from "../../../src/protocol/messages.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The address to connect from; without it whichever the system takes. */
  readonly from?: string;
}

export interface Login {
  readonly uid: number;
  readonly token: string;
}

export interface WireEvents {
  /** The upgrade is done. */
  open?(wire: Wire): void;
  /** `payload` stays valid only during the call. */
  binary?(payload: Buffer, wire: Wire): void;
  text?(text: string, wire: Wire): void;
  /** By default a ping is answered. */
  ping?(payload: Buffer, wire: Wire): void;
  /** Once, however it ended. `code`: of the server's close frame, 1006 where there was none; `status`: of a refused upgrade. */
  end?(code: number, status: number | undefined): void;
}

const NO_CLOSE_FRAME = 1006;

export class Wire {
  readonly #events: WireEvents;
  readonly #socket: Socket;
  #waiting: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #upgraded = false;
  #closing = false;
  #ended = false;
  #status: number | undefined;
  #code = NO_CLOSE_FRAME;

  constructor(at: Address, login: Login, v2: boolean, events: WireEvents) {
    this.#events = events;
    const { host, port, from } = at;
    this.#socket = connect({ host, port, ...(from && { localAddress: from }) }, () => {
      const protocol = v2 ? `Sec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n` : "";
      this.#socket.write(
        `GET /wsconn?uid=${login.uid}&token=${login.token} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
          `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${protocol}\r\n`,
      );
    });
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#read(chunk as Buffer));
    this.#socket.on("error", () => {});
    this.#socket.on("end", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      if (this.#ended) return;
      this.#ended = true;
      this.#events.end?.(this.#code, this.#status);
    });
  }

  /** Bytes that wait for the server to read them. */
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  send(frame: Uint8Array): void {
    this.#write(OPCODE.binary, frame);
  }

  sendText(message: unknown): void {
    this.#write(OPCODE.text, Buffer.from(JSON.stringify(message)));
  }

  pong(payload: Uint8Array): void {
    this.#write(OPCODE.pong, payload);
  }

  /** Bytes as they are. @param written called once the system has them */
  sendBytes(bytes: Uint8Array, written?: () => void): void {
    if (!this.#ended) this.#socket.write(bytes, (error) => void (error ?? written?.()));
  }

  /** Reads nothing more, so that what is sent to it piles up. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Starts the closing handshake; like a browser, looks at no message that comes after. */
  close(): void {
    if (this.#closing) return;
    // There is no handshake before the upgrade.
    if (!this.#upgraded) this.cut();
    this.#write(OPCODE.close, Uint8Array.of(1000 >> 8, 1000 & 255));
    this.#closing = true;
  }

  /** Drops the TCP connection. */
  cut(): void {
    this.#socket.destroy();
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (!this.#closing && !this.#ended) this.#socket.write(maskedFrame(opcode, payload));
  }

  #read(chunk: Buffer): void {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    if (!this.#upgraded && !this.#readResponse()) return;
    while (!this.#socket.destroyed && this.#readFrame());
  }

  #readResponse(): boolean {
    const end = this.#waiting.indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.#status = Number(this.#waiting.toString("latin1", 9, 12));
    if (this.#status !== 101) {
      this.#socket.destroy();
      return false;
    }
    this.#waiting = this.#waiting.subarray(end + 4);
    this.#upgraded = true;
    this.#events.open?.(this);
    return true;
  }

  /** Reads one WebSocket frame (RFC 6455, section 5.2); false where it is not complete. The server sends no fragments. */
  #readFrame(): boolean {
    const bytes = this.#waiting;
    if (bytes.length < 2) return false;
    const short = bytes[1]! & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < header) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < header + length) return false;
    this.#waiting = bytes.subarray(header + length);
    this.#take(bytes[0]! & 0x0f, bytes.subarray(header, header + length));
    return true;
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.close) {
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.close();
      this.#socket.end();
      return;
    }
    if (this.#closing) return;
    if (opcode === OPCODE.binary) this.#events.binary?.(payload, this);
    else if (opcode === OPCODE.text) this.#events.text?.(payload.toString(), this);
    else if (opcode !== OPCODE.ping) return;
    else if (this.#events.ping) this.#events.ping(payload, this);
    else this.pong(payload);
  }
}
