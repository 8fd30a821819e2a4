/** A TCP proxy that does to connections what networks do. */
import { createConnection, createServer, type Socket } from "node:net";

export interface TcpProxy extends AsyncDisposable {
  /** Where to connect instead of to the server, on 127.0.0.1. */
  readonly port: number;
  /** Connections open now. */
  readonly open: number;
  /** Breaks all connections. New ones are taken. */
  cut(): void;
  /** Nothing passes in either direction, of old connections and new ones, and nobody is told. */
  freeze(): void;
  /** What was held back passes. */
  thaw(): void;
  /** From now on whatever comes passes this many ms later. */
  delay(ms: number): void;
  /** Tells the servers, or the clients, that their peers will send no more; the other direction stays open. */
  halfClose(whom: "servers" | "clients"): void;
  /** Breaks the clients' ends of all connections. */
  leave(): void;
  /** From now on a server hears this many ms late that its client is gone, and what was under way reaches it meanwhile. */
  linger(ms: number): void;
}

/**
 * @param targetPort of the server on 127.0.0.1
 * @param port 0 takes a free one
 */
export async function startProxy(targetPort: number, port = 0): Promise<TcpProxy> {
  const weather = { frozen: false, delay: 0, linger: 0 };
  const directions = new Set<Direction>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    for (const [from, to, towards] of [
      [near, far, "servers"],
      [far, near, "clients"],
    ] as const) {
      const direction = new Direction(from, to, towards, weather);
      directions.add(direction);
      from.on("error", () => {});
      from.on("close", () => {
        directions.delete(direction);
        // Time: how late the network is.
        if (from === near && weather.linger > 0) setTimeout(() => to.destroy(), weather.linger);
        else to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => {
    for (const { from } of [...directions]) from.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    get open() {
      return directions.size / 2;
    },
    cut,
    freeze() {
      weather.frozen = true;
      for (const { from } of directions) from.pause();
    },
    thaw() {
      weather.frozen = false;
      for (const direction of directions) direction.thaw();
    },
    delay(ms) {
      weather.delay = ms;
    },
    halfClose(whom) {
      for (const { to, towards } of directions) if (towards === whom) to.end();
    },
    leave() {
      for (const { from, towards } of [...directions]) if (towards === "servers") from.destroy();
    },
    linger(ms) {
      weather.linger = ms;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One way of a connection. Paused, it reads nothing, so that the sender's buffers fill as they would. */
class Direction {
  readonly #waiting: Buffer[] = [];
  #due = 0;

  constructor(
    readonly from: Socket,
    readonly to: Socket,
    readonly towards: "servers" | "clients",
    readonly weather: { readonly frozen: boolean; readonly delay: number },
  ) {
    from.on("data", (chunk: Buffer) => {
      this.#waiting.push(chunk);
      if (weather.delay === 0 && this.#waiting.length === 1) this.#passOne();
      // Time: how slow the network is.
      else setTimeout(() => this.#passOne(), weather.delay);
    });
    if (weather.frozen) from.pause();
  }

  thaw(): void {
    this.#passDue();
    this.from.resume();
  }

  /** Always the oldest, whichever timer has fired. */
  #passOne(): void {
    this.#due++;
    if (!this.weather.frozen) this.#passDue();
  }

  #passDue(): void {
    for (; this.#due > 0; this.#due--) {
      const chunk = this.#waiting.shift()!;
      if (this.to.writable) this.to.write(chunk);
    }
  }
}
