/** A client of the HTTP calls, from an address of its own. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Kind } from "./databases.ts";
import { sharedService } from "./services.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; the text where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

type Arguments = Record<string, string | number | undefined>;

export const unique = (prefix = "u"): string => prefix + randomBytes(6).toString("hex");

/** What /register needs, with a fresh name. */
export const person = (changes: Arguments = {}): Arguments => ({
  uname: unique(),
  pwd: "correct horse",
  gender: 1,
  language: 1,
  occup: "teacher",
  user_type: 2,
  ...changes,
});

const queryOf = (args: Arguments): string =>
  Object.entries(args)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");

export class Client {
  /** From TEST-NET and its like: no test shares a limit with another. */
  readonly address = `198.18.${randomBytes(1)[0]}.${randomBytes(1)[0]}`;

  constructor(readonly url: string) {}

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (!headers.has("x-forwarded-for")) headers.set("X-Forwarded-For", this.address);
    const response = await fetch(this.url + path, { redirect: "manual", ...init, headers });
    const text = await response.text();
    let body: unknown = text;
    try {
      body = JSON.parse(text);
    } catch {}
    return { status: response.status, headers: response.headers, body };
  }

  get(path: string, args: Arguments = {}, init: RequestInit = {}): Promise<Answer> {
    return this.send(`${path}?${queryOf(args)}`, init);
  }

  form(path: string, args: Arguments): Promise<Answer> {
    return this.send(path, { method: "POST", body: new URLSearchParams(queryOf(args)) });
  }

  json(path: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.send(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: text, ...init });
  }

  /** Registers somebody new and follows the redirect. */
  async join(changes: Arguments = {}): Promise<{ uid: number; uname: string; pwd: string; token: string }> {
    const args = person(changes);
    const registered = await this.get("/register", args);
    const { body } = await this.send(registered.headers.get("location")!);
    return { ...body.rs, pwd: args["pwd"] };
  }

  async login(uname: string, pwd: string): Promise<string> {
    return (await this.get("/login", { uname, pwd, client_id: 123 })).body.rs.token;
  }

  /** Opens a socket. @returns it once it is open */
  async socket(uid: number, token: string): Promise<WebSocket> {
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/wsconn?uid=${uid}&token=${token}`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return socket;
  }

  /** The answer to an upgrade: status line and what follows, as bytes came. */
  upgrade(uid: string | number, token: string, headers: Record<string, string> = {}): Promise<string> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return this.raw(
      `GET /wsconn?uid=${uid}&token=${token} HTTP/1.1\r\nHost: ${new URL(this.url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${lines.join("")}\r\n`,
    );
  }

  /** Sends bytes as they are. @returns the first answer, head and body */
  raw(...parts: (string | Uint8Array)[]): Promise<string> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(Number(port), hostname, () => {
        for (const part of parts) socket.write(part);
      });
      const done = () => {
        socket.destroy();
        resolve(text);
      };
      socket.on("data", (bytes) => {
        text += bytes.toString("latin1");
        const head = text.indexOf("\r\n\r\n");
        const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
        if (head >= 0 && text.length >= head + 4 + length) done();
      });
      socket.on("close", done);
      socket.on("error", reject);
    });
  }
}

/** A client of the shared service. */
export const clientOf = async (kind: Kind): Promise<Client> => new Client((await sharedService(kind)).service.url);

/** The code with which a socket is closed. */
export const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
