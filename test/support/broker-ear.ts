/** A node's side of a broker that writes down what it is told, and lets a test wait for it. */
import type { Broker, BrokerHandler } from "../../src/broker/broker.ts";

export type Heard =
  | { frame: string; uid: number; tag: string }
  | { message: string; uid: number }
  | { nodeMessage: string }
  | { presence: number; online: boolean }
  | { nobody: number }
  | { connected: boolean };

export class Ear implements BrokerHandler {
  /** All that was heard, oldest first; frames as latin1. */
  readonly heard: Heard[] = [];
  /** The frames as they were handed over. */
  readonly frames: Buffer[] = [];
  #told = Promise.withResolvers<void>();

  constructor(readonly broker: Broker) {
    broker.listen(this);
  }

  frame(uid: number, frame: Buffer, tag: string): void {
    this.frames.push(frame);
    this.#put({ frame: frame.toString("latin1"), uid, tag });
  }
  userMessage(uid: number, message: string): void {
    this.#put({ message, uid });
  }
  nodeMessage(message: string): void {
    this.#put({ nodeMessage: message });
  }
  presence(uid: number, online: boolean): void {
    this.#put({ presence: uid, online });
  }
  nobody(id: number): void {
    this.#put({ nobody: id });
  }
  connection(connected: boolean): void {
    this.#put({ connected });
  }

  /** Resolves when that many things were heard in all. */
  async atLeast(count: number): Promise<Heard[]> {
    while (this.heard.length < count) await this.#told.promise;
    return this.heard;
  }

  /** Resolves when the latest news of the connection is this. */
  async until(connected: boolean): Promise<void> {
    const latest = () => this.heard.findLast((each) => "connected" in each)?.connected;
    while (latest() !== connected) await this.#told.promise;
  }

  #put(heard: Heard): void {
    this.heard.push(heard);
    this.#told.resolve();
    this.#told = Promise.withResolvers<void>();
  }
}
