import type { Logger } from "../log.ts";
import type { Broker } from "./broker.ts";
import { LocalBroker } from "./local.ts";
import { NatsBroker } from "./nats.ts";

/**
 * @param urls `NATS_URL`; undefined: this node is alone
 * @throws StartError
 */
export async function openBroker(urls: string | undefined, log: Logger): Promise<Broker> {
  return urls === undefined ? new LocalBroker() : NatsBroker.connect(urls, log);
}
