import { ERROR_STATUS, type ErrorCode } from "../protocol/codes.ts";
import { PolygeError } from "./errors.ts";

/** What the SDK needs of `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Of a list, the numbers with commas between. */
export type Arguments = Readonly<Record<string, string | number | readonly number[] | null | undefined>>;

const ANSWER_MS = 15_000;

/** The HTTP calls, each a POST with a form: passwords and tokens stay out of URLs, and a browser asks no preflight. */
export class Calls {
  constructor(
    readonly url: string,
    readonly fetch: Fetch,
  ) {}

  /**
   * @param args undefined ones are left out, null ones given empty
   * @returns `rs` of the answer; redirects are followed
   * @throws PolygeError with the server's code, `network` or `bad_answer`
   */
  async post(path: string, args: Arguments): Promise<unknown> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(args)) if (value !== undefined) form.set(name, String(value ?? ""));
    let response: Response;
    let text: string;
    try {
      const { fetch } = this;
      response = await fetch(this.url + path, { method: "POST", body: form, signal: AbortSignal.timeout(ANSWER_MS) });
      text = await response.text();
    } catch (cause) {
      throw new PolygeError("network", `${path}: no answer`, { cause });
    }
    return resultOf(path, text, Number(response.headers.get("retry-after")) * 1000);
  }
}

function resultOf(path: string, text: string, retryAfterMs: number): unknown {
  let answer: { success?: unknown; msg?: unknown; rs?: unknown; code?: unknown } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = null;
  }
  if (answer?.success === true) return answer.rs;
  if (answer?.success !== false || !isErrorCode(answer.code)) {
    throw new PolygeError("bad_answer", `${path}: no answer of Polyge`);
  }
  throw new PolygeError(answer.code, `${path}: ${answer.msg}`, { retryAfterMs });
}

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === "string" && Object.hasOwn(ERROR_STATUS, code);
