/** What an attack is: something that a process of its own does to a server until its time is over. */
import type { Address, Login } from "../faults/harness/wire.ts";

/** What an attack works with. All its connections come from an address of its own, on this machine. */
export interface Field {
  readonly at: Address;
  /** Users whom no honest client is. */
  readonly logins: readonly Login[];
  /** How many connections or users it may use, of 1. */
  readonly share: number;
  readonly over: boolean;
  /** Something came of it, such as a status or a close code. */
  count(what: string, times?: number): void;
  /** Resolves when the time is over. */
  readonly end: Promise<void>;
}

export interface Attack {
  readonly name: string;
  /** Settings that let seconds show what otherwise takes hours. */
  readonly environment?: Record<string, string>;
  /** The server's limit of open files, where that is what is attacked. */
  readonly files?: number;
  run(field: Field): Promise<void>;
}

/** So many of something that an attack at full size has `full` of, 1 at least. */
export const sized = ({ share }: Field, full: number): number => Math.max(1, Math.round(full * share));
