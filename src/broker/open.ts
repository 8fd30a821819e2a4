import type { Logger } from "../log.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Broker } from "./broker.ts";
import { LocalBroker } from "./local.ts";
import { NatsBroker } from "./nats.ts";

/**
 * @param urls `NATS_URL`; undefined: this node is alone
 * @param largest bytes of the largest frame that will be sent
 * @param tracing undefined: no traces
 * @throws StartError
 */
export async function openBroker(
  urls: string | undefined,
  log: Logger,
  largest = 0,
  tracing?: Tracing,
): Promise<Broker> {
  return urls === undefined ? new LocalBroker() : NatsBroker.connect(urls, log, largest, tracing);
}
