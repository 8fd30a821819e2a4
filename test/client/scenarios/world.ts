/**
 * What a scenario has to work with. Scenarios run in Bun, in Node.js and in a browser, so nothing here is of one of them.
 */
import {
  type Connection,
  type ConnectOptions,
  type Message,
  Polyge,
  type SocketClass,
} from "../../../src/client/index.ts";

export interface Places {
  /** The server, straight. */
  readonly url: string;
  /** The same through a proxy that misbehaves on request. */
  readonly proxied: string;
  /** The same behind a proxy that drops `Sec-WebSocket-Protocol`. */
  readonly withoutV2: string;
  /** Takes orders for the first proxy: POST /cut, /freeze, /thaw. */
  readonly control: string;
}

export interface Scenario {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** Comes back soon, so that tests need not wait. */
export const SOON = { retry: { firstMs: 5, mostMs: 50 } } satisfies ConnectOptions;
const PASSWORD = "correct horse";

export class World {
  readonly server: Polyge;
  readonly proxied: Polyge;
  readonly withoutV2: Polyge;
  readonly #connections: Connection[] = [];

  constructor(
    readonly places: Places,
    readonly socketClass: SocketClass | undefined,
  ) {
    const surroundings = socketClass ? { WebSocket: socketClass } : {};
    this.server = new Polyge(places.url, surroundings);
    this.proxied = new Polyge(places.proxied, surroundings);
    this.withoutV2 = new Polyge(places.withoutV2, surroundings);
  }

  /** Somebody new. */
  person() {
    const uname = `u${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16)).join("-")}`;
    return { uname, pwd: PASSWORD, gender: 1, language: 1, occup: "teacher", user_type: 2 } as const;
  }

  join() {
    return this.server.register(this.person());
  }

  /** Somebody new, connected. */
  async connected(options: ConnectOptions = {}, server = this.server): Promise<Connection> {
    const connection = await server.connect(await this.join(), { ...SOON, ...options });
    this.#connections.push(connection);
    return connection;
  }

  async connect(...args: Parameters<Polyge["connect"]>): Promise<Connection> {
    const connection = await this.server.connect(args[0], { ...SOON, ...args[1] });
    this.#connections.push(connection);
    return connection;
  }

  async order(what: "cut" | "freeze" | "thaw"): Promise<void> {
    await fetch(`${this.places.control}/${what}`, { method: "POST" });
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

/** Compares as JSON, bigints as their digits. */
export function same(actual: unknown, expected: unknown): void {
  const text = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));
  if (text(actual) !== text(expected)) throw new Error(`expected ${text(expected)}, got ${text(actual)}`);
}

/** The code with which a promise rejects. */
export async function codeOf(pending: Promise<unknown>): Promise<string> {
  try {
    await pending;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "it resolved";
}

export type Events = Parameters<Connection["on"]>[0];

/** The next event of a name for which `wanted` holds. */
export function next<T>(connection: Connection, name: Events, wanted: (value: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve) => {
    const off = connection.on(name, (value) => {
      if (!wanted(value as T)) return;
      off();
      resolve(value as T);
    });
  });
}

/** The next `count` messages, as text, by the iterator. */
export async function texts(connection: Connection, count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const message of connection.messages()) {
    found.push(message.text);
    if (found.length === count) break;
  }
  return found;
}

/** Sends to oneself and takes it: resolves when the server has confirmed it. */
export async function echo(connection: Connection, text: string): Promise<void> {
  const off = connection.onMessage(() => {});
  await connection.send(connection.uid, text).delivered;
  off();
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

/** The next message by a handler. */
export function nextMessage(connection: Connection): Promise<Message> {
  return new Promise((resolve) => {
    const off = connection.onMessage((message) => {
      off();
      resolve(message);
    });
  });
}
