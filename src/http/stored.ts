/** Contents that do not change while the process lives: an ETag, gzip for whoever takes it, 304 for whoever has it. */
import { SECURITY_HEADERS } from "./reply.ts";

export interface StoredOptions {
  /** Content-Type. */
  readonly type: string;
  /** Cache-Control. */
  readonly cache: string;
  /** Content-Security-Policy. */
  readonly policy: string;
}

/** Below this gzip saves no packet. */
const LEAST_GZIP_BYTES = 1024;

export class Stored {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #headers: Record<string, string>;
  /** Made when first asked for, so that a start does not wait for it. */
  #gzip: Uint8Array<ArrayBuffer> | undefined;

  constructor(body: string | Uint8Array<ArrayBuffer>, { type, cache, policy }: StoredOptions) {
    this.#bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    this.#headers = {
      ...SECURITY_HEADERS,
      "Content-Type": type,
      "Cache-Control": cache,
      "Content-Security-Policy": policy,
      // Weak: the same for both encodings.
      ETag: `W/"${Bun.hash(this.#bytes).toString(36)}"`,
      Vary: "Accept-Encoding",
    };
  }

  answer(request: Request): Response {
    if (isKnown(request.headers.get("if-none-match"), this.#headers["ETag"]!)) {
      return new Response(null, { status: 304, headers: this.#headers });
    }
    if (this.#bytes.length < LEAST_GZIP_BYTES || !takesGzip(request.headers.get("accept-encoding"))) {
      return new Response(this.#bytes, { headers: this.#headers });
    }
    this.#gzip ??= Bun.gzipSync(this.#bytes, { level: 9 });
    return new Response(this.#gzip, { headers: { ...this.#headers, "Content-Encoding": "gzip" } });
  }
}

/** RFC 9110 section 13.1.2: the weak comparison. */
const isKnown = (given: string | null, etag: string): boolean =>
  (given ?? "").split(",").some((each) => each.trim() === "*" || strong(each.trim()) === strong(etag));

const strong = (etag: string): string => etag.replace(/^W\//, "");

/** RFC 9110 section 12.5.3, without weights but for the refusal `q=0`. */
const takesGzip = (given: string | null): boolean =>
  (given ?? "").split(",").some((each) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(each));
