import { randomBytes } from "node:crypto";
import type { Broker, BrokerHandler } from "./broker.ts";

/** The broker of a node that is alone: there is nobody to reach. */
export class LocalBroker implements Broker {
  readonly node = randomBytes(12).toString("base64url");
  readonly alone = true;
  readonly connected = false;
  readonly pendingBytes = 0;
  readonly connects = 0;
  readonly traffic = { in: 0, out: 0 };
  listen(_: BrokerHandler): void {}
  enter(_: number): void {}
  leave(_: number): void {}
  async settled(): Promise<void> {}
  sendFrame(): void {}
  sendToUser(): void {}
  ask(): void {}
  watch(): void {}
  unwatch(): void {}
  announce(): void {}
  sendToNode(): void {}
  sendToAll(): void {}
  async close(): Promise<void> {}
}
