import { createCRC32 } from "hash-wasm";
import type { Crc32 } from "../protocol/frame.ts";

/** CRC-32 for browsers: WebAssembly, four times as fast as table look-ups in JavaScript on large frames. */
export async function loadCrc32(): Promise<Crc32> {
  const hasher = await createCRC32();
  return (bytes) => {
    const digest = hasher.init().update(bytes).digest("binary");
    return ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0;
  };
}
