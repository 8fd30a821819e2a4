/** A server, honest clients on it, and attacks one after the other. */
import { makeAccounts } from "../../src/cli/accounts/make.ts";
import { ServerProcess } from "../faults/harness/server.ts";
import type { Address, Login } from "../faults/harness/wire.ts";
import { createPostgres } from "../support/databases.ts";
import { until } from "../support/until.ts";
import type { Attack } from "./attack.ts";
import { attackFor } from "./attacker.ts";
import { HONEST, Honest } from "./honest.ts";

const ATTACKERS = 100;
/** By so many users on the next attack begins: those of the last one may still be turned away. */
const TURN = 10;

/** How long and how large attacks are. */
export interface Size {
  readonly seconds: number;
  /** Of the connections and users of the full size. */
  readonly share: number;
  /** How long memory is given to go down again. */
  readonly restSeconds: number;
}

export interface Row {
  readonly attack: string;
  /** What came of it: answers by status, closes by code, refusals. */
  readonly counts: ReadonlyMap<string, number>;
  /** The server's resident memory in MiB. */
  readonly memory: { readonly before: number; readonly peak: number; readonly after: number };
  /** CPU of the server, of one core. */
  readonly cpu: number;
  readonly honest: Honest;
}

export class Arena {
  readonly #server: ServerProcess;
  readonly #logins: readonly Login[];
  #attacks = 0;

  private constructor(server: ServerProcess, logins: readonly Login[]) {
    this.#server = server;
    this.#logins = logins;
  }

  /** @param files the server's limit of open files; undefined: this process's */
  static async open(environment: Record<string, string> = {}, files?: number): Promise<Arena> {
    const url = await createPostgres();
    const logins = await makeAccounts({ url, directory: "" }, HONEST + ATTACKERS);
    // The defaults, which the harness otherwise changes.
    const defaults = { MESSAGE_RATE: "", UPGRADES: "", LOG_LEVEL: "warn" };
    const server = await ServerProcess.start({ DATABASE_URL: url, ...defaults, ...environment });
    if (files !== undefined) Bun.spawnSync(["prlimit", `--pid=${server.pid}`, `--nofile=${files}`]);
    return new Arena(server, logins);
  }

  /** @param awaited what must come of the attack before it is over */
  async suffer(attack: Attack, size: Size, awaited: readonly string[] = []): Promise<Row> {
    const honest = new Honest(this.#server.at, this.#logins);
    try {
      await until("honest clients are connected", () => honest.ready);
      honest.start();
      const [before, cpuBefore] = [this.#server.memoryMb(), await this.#cpu()];
      this.#server.forgetPeak();
      const started = performance.now();
      const counts = await attackFor(attack, this.#nextAddress(), this.#attackers(), size, awaited);
      const tookMs = performance.now() - started;
      await honest.settle();
      const cpu = ((await this.#cpu()) - cpuBefore) / (tookMs / 1000);
      const peak = this.#server.peakMb();
      // Time: what memory does when nobody asks for it.
      await Bun.sleep(size.restSeconds * 1000);
      const memory = { before, peak, after: this.#server.memoryMb() };
      return { attack: attack.name, counts, memory, cpu, honest };
    } finally {
      honest.leave();
    }
  }

  /** The whole of 127.0.0.0/8 is this machine. */
  #nextAddress(): Address {
    return { ...this.#server.at, from: `127.66.6.${1 + (++this.#attacks % 250)}` };
  }

  #attackers(): Login[] {
    const all = this.#logins.slice(HONEST);
    const first = (this.#attacks * TURN) % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
  }

  /** The last lines that the server wrote. */
  get lines(): readonly string[] {
    return this.#server.lines;
  }

  #cpu(): Promise<number> {
    return this.#server.metric("process_cpu_seconds_total");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
