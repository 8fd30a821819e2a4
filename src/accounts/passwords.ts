/**
 * Passwords: argon2id with a bounded queue. A hash takes 19 MiB and some 14 ms of a core, so a pile of them is what
 * would bring the server down first; past the bound a caller is told to come back.
 */
import { availableParallelism } from "node:os";
import { type Algorithm, hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { Histogram } from "../metrics/histogram.ts";

/** OWASP's second choice: 19 MiB, 2 passes, 1 lane. */
const COST = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Made at the same cost of random bytes that nobody kept: no password fits it. */
export const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$V84XDE0ZN9tAOx/+K75PmA$lmdtm9cexUAqbrv58eS7EfceIe4okZC5ewiKBQ0X6to";
/** Waiting per core. At 12 to 14 ms a hash the last one waits about 4 s, less than a client's patience. */
const WAITING_PER_CORE = 300;

/** The queue is full: retry after a few seconds. */
export const BUSY = Symbol("argon2 queue full");

/**
 * Hashes at once in each of several processes of this machine. One core is left to the event loops: with hashes on all of
 * them a storm of logins delays every frame by whole time slices.
 */
export const hashesAtOnce = (processes: number): number =>
  Math.max(1, Math.floor((availableParallelism() - 1) / processes));

export class Passwords {
  readonly #limit;
  readonly #bound: number;
  /** Turned away since the start, and how long the others took, waiting included. */
  refused = 0;
  readonly times = new Histogram();

  /** @param cores hashes at once; memory in use is 19 MiB times this */
  constructor(cores = hashesAtOnce(1), waitingPerCore = WAITING_PER_CORE) {
    this.#limit = pLimit(cores);
    this.#bound = cores * waitingPerCore;
  }

  /** Hashes under way and waiting. */
  get running(): number {
    return this.#limit.activeCount;
  }
  get waiting(): number {
    return this.#limit.pendingCount;
  }

  /** @returns a PHC string of about 100 characters */
  hash(password: string): Promise<string | typeof BUSY> {
    return this.#queue(() => hash(password, COST));
  }

  verify(stored: string, password: string): Promise<boolean | typeof BUSY> {
    return this.#queue(() => verify(stored, password));
  }

  async #queue<T>(work: () => Promise<T>): Promise<T | typeof BUSY> {
    if (this.#limit.pendingCount >= this.#bound) {
      this.refused++;
      return BUSY;
    }
    const started = performance.now();
    const result = await this.#limit(work);
    this.times.observeMs(performance.now() - started);
    return result;
  }
}
