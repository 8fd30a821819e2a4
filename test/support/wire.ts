import { connect, createServer, type Socket } from "node:net";

/** A wire to the database that can be cut, and frozen so that nothing comes through and nothing ends. */
export class Wire {
  readonly #sockets = new Set<Socket>();
  #cut = false;
  frozen = false;
  readonly #server = createServer((near) => {
    if (this.#cut) return void near.destroy();
    const far = connect(Number(this.to.port || 5432), this.to.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("data", (bytes) => this.frozen || other.write(bytes));
      one.on("error", () => {});
      one.on("close", () => {
        other.destroy();
        this.#sockets.delete(one);
      });
    }
  });

  constructor(readonly to: URL) {}

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const url = new URL(this.to);
    url.hostname = "127.0.0.1";
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  set cut(cut: boolean) {
    this.#cut = cut;
    if (cut) for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut = true;
    this.#server.close();
  }
}
