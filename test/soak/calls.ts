/** HTTP calls, each on a connection of its own, so that what stays open is the server's doing. */
import type { Address } from "../faults/harness/wire.ts";

/** Longest that a call may take, in ms. */
const LIMIT_MS = 10_000;

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

export class Calls {
  readonly #url: string;
  /** Calls answered, by status. */
  readonly statuses = new Map<number, number>();

  constructor({ host, port }: Address) {
    this.#url = `http://${host}:${port}`;
  }

  get(path: string): Promise<Answer> {
    return this.#send(path, {});
  }

  post(path: string, fields: Record<string, string | number>): Promise<Answer> {
    const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
    const body = new URLSearchParams(texts);
    return this.#send(path, { method: "POST", body });
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      ...init,
      headers: { Connection: "close" },
      keepalive: false,
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
    return { path, status: response.status, text: await response.text() };
  }
}

/** What a call that succeeded gave. @throws Error with the call's path and status where it did not */
export function rsOf<T>({ path, status, text }: Answer): T {
  const body = status === 200 ? JSON.parse(text) : undefined;
  if (!body?.success) throw new Error(`${path.split("?", 1)[0]} was answered ${status}`);
  return body.rs;
}
