/** Which browsers may call from where: CORS for the calls, the Origin check for `/wsconn`. */

/** Seconds for which a browser may remember a preflight. */
const PREFLIGHT_SECONDS = "600";

export class Origins {
  readonly #all: boolean;
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed `ALLOWED_ORIGINS`; `*` among them allows all */
  constructor(allowed: readonly string[]) {
    this.#all = allowed.includes("*");
    this.#allowed = new Set(allowed);
  }

  /** True for a client that is no browser (no Origin), and for a browser on an allowed page or on one of this server's. */
  allows(request: Request): boolean {
    const origin = request.headers.get("origin");
    return origin === null || this.#lists(origin) || isOwn(origin, request);
  }

  /** Adds what the browser needs to let the page read the answer. */
  mark(origin: string | null, headers: Headers): void {
    if (this.#all) headers.set("Access-Control-Allow-Origin", "*");
    else {
      // Also without an Origin: a cache must not hand this answer to a page.
      headers.append("Vary", "Origin");
      if (origin === null || !this.#allowed.has(origin)) return;
      headers.set("Access-Control-Allow-Origin", origin);
    }
    headers.set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
  }

  /** The answer to OPTIONS: 204 with `Allow`, and for a preflight of an allowed page what it may send. */
  preflight(request: Request, allow: string): Response {
    const headers = new Headers({ Allow: allow, "Cache-Control": "no-store" });
    const origin = request.headers.get("origin");
    if (origin !== null && this.#lists(origin) && request.headers.has("access-control-request-method")) {
      headers.set("Access-Control-Allow-Methods", allow);
      headers.set("Access-Control-Allow-Headers", "Content-Type, Authorization");
      headers.set("Access-Control-Max-Age", PREFLIGHT_SECONDS);
    }
    return new Response(null, { status: 204, headers });
  }

  #lists(origin: string): boolean {
    return this.#all || this.#allowed.has(origin);
  }
}

/**
 * Whether a page comes from where its request goes: no page can choose its `Host`. Where this server does not speak TLS, a
 * proxy in front of it may, so either scheme is its own.
 */
function isOwn(origin: string, request: Request): boolean {
  const host = request.headers.get("host");
  return origin === `https://${host}` || (origin === `http://${host}` && request.url.startsWith("http:"));
}
