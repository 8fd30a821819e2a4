/** A network of its own, joined with this one by a pair of interfaces: cut, nothing comes through and nobody is told. */
import { type Obstacle, withoutPrograms } from "../../support/needs.ts";
import { isRoot, run } from "./command.ts";

/** Why there can be no such network here; undefined: there can. */
export const noNamespaces = (): Obstacle =>
  isRoot() ? (withoutPrograms("ip") ?? refusal()) : "needs root for a network namespace";

function refusal(): Obstacle {
  const name = `polyge-probe-${process.pid}`;
  try {
    run(["ip", "netns", "add", name]);
    run(["ip", "netns", "del", name]);
    return undefined;
  } catch {
    return "this machine makes no network namespaces";
  }
}

export class Namespace {
  readonly #name: string;
  readonly #link: string;
  /** The address of this side, for those inside. */
  readonly host: string;

  constructor() {
    const number = Math.floor(Math.random() * 16_000);
    this.#name = `polyge-${number}`;
    this.#link = `plg${number}`;
    // A /30 of the range for benchmarks (RFC 2544), which nothing routes.
    const [third, fourth] = [number >> 6, (number & 63) * 4];
    this.host = `198.19.${third}.${fourth + 1}`;
    const inside = `198.19.${third}.${fourth + 2}/30`;
    run(["ip", "netns", "add", this.#name]);
    try {
      run(["ip", "link", "add", this.#link, "type", "veth", "peer", "name", "far", "netns", this.#name]);
      run(["ip", "addr", "add", `${this.host}/30`, "dev", this.#link]);
      run(["ip", "link", "set", this.#link, "up"]);
      run(["ip", "-n", this.#name, "addr", "add", inside, "dev", "far"]);
      run(["ip", "-n", this.#name, "link", "set", "far", "up"]);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** What a command line begins with that is to run inside. */
  get prefix(): readonly string[] {
    return ["ip", "netns", "exec", this.#name];
  }

  /** From now on every packet is dropped. */
  cut(): void {
    run(["ip", "-n", this.#name, "link", "set", "far", "down"]);
  }

  [Symbol.dispose](): void {
    // The pair goes with its half inside.
    run(["ip", "netns", "del", this.#name]);
  }
}
