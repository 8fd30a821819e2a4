/** What crosses the wire, made visible. */
import type { SocketClass } from "../../client/index.ts";
import { DATA_OFFSET, MIN_FRAME_BYTES, MSG_ID_OFFSET, TARGET_OFFSET, TIMESTAMP_OFFSET } from "../../protocol/frame.ts";

const CRC_BYTES = 4;

/** A WebSocket that shows everything on its way in and out. */
export const shownSocket = (show: (line: string) => void): SocketClass =>
  class extends WebSocket {
    constructor(url: string, protocols: string | string[] = []) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => show(`< ${shown(data)}`));
    }

    override send(data: string | Uint8Array<ArrayBuffer>): void {
      show(`> ${shown(data)}`);
      super.send(data);
    }
  };

const shown = (data: string | ArrayBuffer | Uint8Array): string =>
  typeof data === "string" ? data : fieldsOf(new Uint8Array(data as ArrayBuffer));

/** A frame's bytes by field, in hex; bytes that are no frame as they are. */
export function fieldsOf(bytes: Uint8Array<ArrayBuffer>): string {
  if (bytes.length < MIN_FRAME_BYTES) return `no frame: ${bytes.toHex()}`;
  const hex = (from: number, to: number) => bytes.subarray(from, to).toHex();
  const crcOffset = bytes.length - CRC_BYTES;
  return [
    `uid ${hex(0, TARGET_OFFSET)}`,
    `target ${hex(TARGET_OFFSET, MSG_ID_OFFSET)}`,
    `id ${hex(MSG_ID_OFFSET, TIMESTAMP_OFFSET)}`,
    `time ${hex(TIMESTAMP_OFFSET, DATA_OFFSET)}`,
    `data ${hex(DATA_OFFSET, crcOffset)}`,
    `crc ${hex(crcOffset, bytes.length)}`,
  ].join(" | ");
}
