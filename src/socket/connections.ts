import type { Connection } from "./connection.ts";

/** The open sockets. A list in which each knows its place: a `Set` of 20,000 takes 131 bytes for each of them. */
export class Connections {
  readonly #list: Connection[] = [];

  get size(): number {
    return this.#list.length;
  }

  add(connection: Connection): void {
    connection.place = this.#list.push(connection) - 1;
  }

  delete(connection: Connection): void {
    const { place } = connection;
    if (place === -1) return;
    const last = this.#list.pop()!;
    if (last !== connection) {
      this.#list[place] = last;
      last.place = place;
    }
    connection.place = -1;
  }

  /** All that are open now, in no order. */
  snapshot(): Connection[] {
    return this.#list.slice();
  }
}
