/** What a load client sends: one frame in a masked WebSocket frame, repeated so that k sends are one write. */

/** A complete client-to-server WebSocket frame with a random masking key (RFC 6455, sections 5.2 and 5.3). */
export function maskedFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const size = payload.length;
  const lengthBytes = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const maskAt = 2 + lengthBytes;
  const bytes = new Uint8Array(maskAt + 4 + size);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (lengthBytes === 0 ? size : lengthBytes === 2 ? 126 : 127);
  const view = new DataView(bytes.buffer);
  if (lengthBytes === 2) view.setUint16(2, size);
  if (lengthBytes === 8) view.setUint32(6, size);
  const mask = crypto.getRandomValues(bytes.subarray(maskAt, maskAt + 4));
  for (let i = 0; i < size; i++) bytes[maskAt + 4 + i] = payload[i]! ^ mask[i & 3]!;
  return bytes;
}

/** `copies` times the same wire frame, back to back. */
export interface FrameBlock {
  readonly bytes: Uint8Array;
  /** Bytes of one wire frame. */
  readonly stride: number;
  readonly copies: number;
}

export function frameBlock(wireFrame: Uint8Array, copies: number): FrameBlock {
  const stride = wireFrame.length;
  const bytes = new Uint8Array(stride * copies);
  for (let i = 0; i < copies; i++) bytes.set(wireFrame, i * stride);
  return { bytes, stride, copies };
}
