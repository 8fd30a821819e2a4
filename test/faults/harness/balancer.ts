/** A TCP load balancer as simple as one can be: new connections go to the node with the fewest, of those whose `/readyz` says 200. */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ServerProcess } from "./server.ts";
import type { Address } from "./wire.ts";

/** How often each node is asked, in ms. */
const LOOK_MS = 100;

interface Place {
  readonly node: ServerProcess;
  ready: boolean;
  connections: number;
}

export class Balancer {
  readonly #places: readonly Place[];
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #timer: Timer;

  private constructor(nodes: readonly ServerProcess[]) {
    this.#places = nodes.map((node) => ({ node, ready: true, connections: 0 }));
    this.#server = createServer({ noDelay: true }, (client) => this.#take(client));
    // Time: the pace of the looks, as a balancer's.
    this.#timer = setInterval(() => {
      for (const place of this.#places) void this.#look(place);
    }, LOOK_MS);
  }

  static async start(nodes: readonly ServerProcess[]): Promise<Balancer> {
    const balancer = new Balancer(nodes);
    await new Promise<void>((resolve) => balancer.#server.listen(0, "127.0.0.1", resolve));
    return balancer;
  }

  get at(): Address {
    return { host: "127.0.0.1", port: (this.#server.address() as { port: number }).port };
  }

  /** Connections of each node. */
  get spread(): readonly number[] {
    return this.#places.map(({ connections }) => connections);
  }

  /** Whether new connections go to this node. */
  sendsTo(node: ServerProcess): boolean {
    return this.#places.some((place) => place.node === node && place.ready);
  }

  async #look(place: Place): Promise<void> {
    place.ready = (await place.node.status("/readyz")) === 200;
  }

  #take(client: Socket): void {
    const [place] = this.#places
      .filter(({ ready }) => ready)
      .toSorted((one, other) => one.connections - other.connections);
    if (place === undefined) return void client.destroy();
    place.connections++;
    const { host, port } = place.node.at;
    const node = connect({ host, port, noDelay: true });
    this.#clients.add(client);
    for (const [from, to] of [
      [client, node],
      [node, client],
    ] as const) {
      from.on("error", () => {});
      from.pipe(to);
      from.on("close", () => to.destroy());
    }
    node.on("close", () => place.connections--);
    client.on("close", () => this.#clients.delete(client));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
