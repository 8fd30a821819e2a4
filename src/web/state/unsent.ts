/** Messages that the server does not answer for yet, kept so that they outlive the page. */
import type { Saved } from "./saved.ts";

export interface UnsentMessage {
  readonly to: number;
  /** Decimal. Sent again under the same id, it arrives once. */
  readonly msgId: string;
  readonly timestampMs: number;
  readonly text: string;
}

/** More than anybody writes without a connection. */
const MOST = 500;

export class Unsent {
  readonly #saved: Saved;
  readonly #prefix: string;
  #count: number;

  constructor(saved: Saved, uid: number) {
    this.#saved = saved;
    this.#prefix = `unsent:${uid}:`;
    this.#count = saved.names(this.#prefix).length;
  }

  /** In the order written. */
  get all(): UnsentMessage[] {
    const kept = this.#saved.names(this.#prefix).map((name) => this.#saved.read<UnsentMessage>(name));
    return kept.filter((each) => each !== undefined).sort((one, other) => one.timestampMs - other.timestampMs);
  }

  get full(): boolean {
    return this.#count >= MOST;
  }

  keep(message: UnsentMessage): void {
    this.#count++;
    this.#saved.write(this.#prefix + message.msgId, message);
  }

  drop(msgId: bigint): void {
    this.#count = Math.max(0, this.#count - 1);
    this.#saved.remove(this.#prefix + msgId);
  }

  clear(): void {
    for (const name of this.#saved.names(this.#prefix)) this.#saved.remove(name);
    this.#count = 0;
  }
}
