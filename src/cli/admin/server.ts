/** The server's side of an administrator's command. */

/** Why nothing was done, or nobody knows whether it was, in one line. */
export class Refused extends Error {}

interface Envelope {
  readonly success?: boolean;
  readonly code?: string;
  readonly msg?: string;
  readonly rs?: unknown;
}

/** undefined: another program's answer, or a proxy's. */
const envelopeOf = (response: Response) => response.json().catch(() => undefined) as Promise<Envelope | undefined>;

/** The last words of a document that came whole. */
const COMPLETE = '"complete": true}\n';

export class AdminServer {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  /** @returns `rs` of the answer, and what must be said of it. @throws Refused */
  async call(path: string, method: "GET" | "POST", args: Readonly<Record<string, string>>) {
    const response = await this.#send(path, method, args);
    const answer = await envelopeOf(response);
    if (answer?.success !== true) throw new Refused(refusal(response.status, answer));
    return { rs: answer.rs, msg: answer.msg ?? "" };
  }

  /** Hands a document on as it comes. @throws Refused where it did not come whole */
  async document(
    path: string,
    args: Readonly<Record<string, string>>,
    write: (chunk: Uint8Array) => Promise<unknown> | unknown,
  ): Promise<void> {
    const response = await this.#send(path, "POST", args);
    if (!response.ok || !response.body) throw new Refused(refusal(response.status, await envelopeOf(response)));
    let last = Buffer.alloc(0);
    try {
      for await (const chunk of response.body) {
        await write(chunk);
        last = Buffer.concat([last, chunk.subarray(-COMPLETE.length)]).subarray(-COMPLETE.length);
      }
    } catch {
      throw new Refused("the answer ended early: the connection was lost");
    }
    if (last.toString() !== COMPLETE) throw new Refused("the answer ended early: see the server's log");
  }

  async #send(path: string, method: "GET" | "POST", args: Readonly<Record<string, string>>): Promise<Response> {
    const query = method === "GET" ? `?${new URLSearchParams(args)}` : "";
    const headers = { Authorization: `Bearer ${this.#token}`, "Content-Type": "application/json" };
    const body = method === "POST" ? { body: JSON.stringify(args) } : {};
    try {
      return await fetch(this.#url + path + query, { method, headers, redirect: "error", ...body });
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      throw new Refused(`cannot reach ${this.#url}: ${code ?? message}`);
    }
  }
}

function refusal(status: number, answer: Envelope | undefined): string {
  if (status === 404 && answer?.msg === "no such call") {
    return "the server has no such call: its ADMIN_TOKEN is not set, or it is older";
  }
  if (status === 401) return "the server's ADMIN_TOKEN is another one";
  return answer?.code ? `${answer.code}: ${answer.msg}` : `the answer is none of this server's: status ${status}`;
}
