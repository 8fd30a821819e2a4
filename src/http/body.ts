/** A request's body, of bounded size however it is sent. */
import { failure } from "./reply.ts";

/** The longest registration has some 10 KiB as percent-encoded UTF-8. */
export const BODY_BYTES = 64 * 1024;

/** The client went away, or broke the chunked encoding. */
const ENDED_EARLY = { done: undefined, value: undefined };

/** @returns the bytes, empty where there is no body; 400 where it ends early, 413 */
export async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | Response> {
  if (Number(request.headers.get("content-length")) > BODY_BYTES) return tooLarge();
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ENDED_EARLY);
    if (done === undefined) return failure("bad_argument", "request: the body ended early");
    if (done) break;
    size += value.length;
    if (size > BODY_BYTES) {
      await reader.cancel().catch(() => {});
      return tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The rest of the body is not waited for, so the connection cannot be used again. */
const tooLarge = () => failure("too_large", `the body must have at most ${BODY_BYTES} bytes`, { Connection: "close" });
