/** A worker's end of the channel to its supervisor. */
import type { FromWorker, ToWorker } from "./messages.ts";

/** How long the others may take to say what they measured, in ms; whoever takes longer is left out. */
const ANSWER_MS = 1000;

interface Scrape {
  readonly id: number;
  /** By worker. */
  readonly parts: Map<number, string>;
  complete(): void;
}

export class Link {
  /** This worker's number, from 1 up. */
  readonly number: number;
  /** How many workers there are with this one. */
  readonly total: number;
  readonly #send: (message: FromWorker) => void;
  #measure: (() => Promise<string>) | undefined;
  #scrape: Scrape | undefined;
  #gathering: Promise<string[]> | undefined;
  #lastId = 0;

  constructor(number: number, total: number, send: (message: FromWorker) => void) {
    this.number = number;
    this.total = total;
    this.#send = send;
  }

  ready(url: string, port: number): void {
    this.#send({ type: "ready", url, port });
  }

  failed(code: number, line: string): void {
    this.#send({ type: "failed", code, line });
  }

  /** Says what this worker answers when another gathers. */
  measures(measure: () => Promise<string>): void {
    this.#measure = measure;
  }

  /** What the others answer within a second, in no order. Whoever asks meanwhile shares the answers. */
  gather(): Promise<readonly string[]> {
    this.#gathering ??= this.#gather().finally(() => {
      this.#gathering = undefined;
    });
    return this.#gathering;
  }

  async receive(message: ToWorker): Promise<void> {
    if (message.type === "measured") return this.#take(message.id, message.from, message.part);
    if (!this.#measure) return;
    const part = await this.#measure();
    this.#send({ type: "measured", id: message.id, asker: message.asker, part });
  }

  async #gather(): Promise<string[]> {
    const parts = new Map<number, string>();
    const answered = Promise.withResolvers<void>();
    const timeout = setTimeout(answered.resolve, ANSWER_MS);
    this.#scrape = { id: ++this.#lastId, parts, complete: answered.resolve };
    this.#send({ type: "scrape", id: this.#scrape.id });
    await answered.promise;
    clearTimeout(timeout);
    this.#scrape = undefined;
    return [...parts.values()];
  }

  #take(id: number, from: number, part: string): void {
    if (this.#scrape?.id !== id) return;
    this.#scrape.parts.set(from, part);
    if (this.#scrape.parts.size === this.total - 1) this.#scrape.complete();
  }
}
