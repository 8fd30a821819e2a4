/** Two people write to each other, each over a network of their own that fails again and again. */
import { type Connection, type ConnectOptions, Polyge } from "../../../src/client/index.ts";
import { startProxy, type TcpProxy } from "../../support/proxy.ts";
import { World } from "../scenarios/world.ts";
import { cause, DELAY_MS, TROUBLES } from "./trouble.ts";

/** Back soon, and quick to see that nothing passes. `v2`: a plain socket promises nothing. */
const OPTIONS = {
  mode: "v2",
  retry: { firstMs: 10, mostMs: 40 },
  heartbeatMs: 250,
  openMs: 1000,
} satisfies ConnectOptions;
/** Messages without an answer at a time, so that the sending goes on for as long as the trouble does. */
const WINDOW = 100;

export interface Outcome {
  readonly sent: number;
  readonly arrived: number;
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Sockets that were opened. */
  readonly sockets: number;
  /** Messages whose sender heard that they were delivered. */
  readonly delivered: number;
  readonly seconds: number;
}

/** What one side has got: numbers from 0, each once, in order, if all is well. */
class Ledger {
  readonly #seen = new Set<number>();
  doubled = 0;
  disordered = 0;
  #last = -1;

  note(number: number): void {
    if (this.#seen.has(number)) this.doubled++;
    else if (number < this.#last) this.disordered++;
    this.#seen.add(number);
    this.#last = Math.max(this.#last, number);
  }

  get arrived(): number {
    return this.#seen.size;
  }
}

/** @param count messages each way; @param troubles how often each network fails */
export async function exchange(url: string, count: number, troubles: number): Promise<Outcome> {
  const started = performance.now();
  const port = Number(new URL(url).port);
  await using ana = await Side.open(url, await startProxy(port));
  await using ben = await Side.open(url, await startProxy(port));
  const every = Math.floor(count / troubles);
  await Promise.all([
    ana.send(ben.uid, count),
    ben.send(ana.uid, count),
    ana.receive(count, every),
    ben.receive(count, every),
  ]);
  const sum = (of: (side: Side) => number) => of(ana) + of(ben);
  const arrived = sum(({ ledger }) => ledger.arrived);
  return {
    sent: 2 * count,
    arrived,
    lost: 2 * count - arrived,
    doubled: sum(({ ledger }) => ledger.doubled),
    disordered: sum(({ ledger }) => ledger.disordered),
    sockets: sum(({ sockets }) => sockets),
    delivered: sum(({ delivered }) => delivered),
    seconds: (performance.now() - started) / 1000,
  };
}

class Side implements AsyncDisposable {
  readonly ledger = new Ledger();
  sockets = 1;
  delivered = 0;

  private constructor(
    readonly connection: Connection,
    readonly proxy: TcpProxy,
  ) {
    connection.on("state", (state) => {
      if (state === "v2") this.sockets++;
    });
  }

  static async open(url: string, proxy: TcpProxy): Promise<Side> {
    const session = await new World({ url, proxied: url, withoutV2: url, control: url }, undefined).join();
    const connection = await new Polyge(`http://127.0.0.1:${proxy.port}`).connect(session, OPTIONS);
    proxy.delay(DELAY_MS);
    return new Side(connection, proxy);
  }

  get uid(): number {
    return this.connection.uid;
  }

  /** Resolves when the server answers for all. */
  async send(to: number, count: number): Promise<void> {
    const stored: Promise<void>[] = [];
    for (let number = 0; number < count; number++) {
      const sent = this.connection.send(to, String(number));
      sent.delivered.then(
        () => this.delivered++,
        () => {},
      );
      stored.push(sent.stored);
      await stored[number - WINDOW];
    }
    await Promise.all(stored);
  }

  /** Resolves when the last message is there, and whatever may come behind it on the same sockets. */
  async receive(count: number, troubleEvery: number): Promise<void> {
    let next = troubleEvery;
    let failures = 0;
    for await (const message of this.connection.messages()) {
      this.ledger.note(Number(message.text));
      if (this.ledger.arrived === next && next < count) {
        next += troubleEvery;
        void cause(TROUBLES[failures++ % TROUBLES.length]!, this.proxy, this.connection);
      }
      if (this.ledger.arrived === count) break;
    }
    // A message to oneself comes behind all others. Repeats before it would be noted.
    const off = this.connection.onMessage(({ from, text }) => {
      if (from !== this.uid) this.ledger.note(Number(text));
    });
    await this.connection.send(this.uid, "last").delivered;
    off();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.close();
    await this.proxy[Symbol.asyncDispose]();
  }
}
