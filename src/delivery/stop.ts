import type { Delivery } from "./delivery.ts";

/** Longest that a stop waits for the last pongs, in ms. */
const LAST_PONGS_MS = 1000;
/** Longest that it waits for the database, in ms, first with open sockets and then without: with the pongs, below ten s in all. */
const STORE_OPEN_MS = 3000;
const STORE_CLOSED_MS = 5000;

/**
 * Stops a delivery so that nothing is lost and, where clients answer in time, nothing arrives twice.
 * @param closeSockets closes all that are left, when their frames are stored and their senders have heard of it
 * @returns frames that did not get into the database in time, which are lost
 */
export async function stopDelivery(delivery: Delivery, closeSockets: () => void): Promise<number> {
  const { queue } = delivery;
  delivery.seal();
  // A client who got a frame and says so does not get it again after the restart.
  const deadline = performance.now() + LAST_PONGS_MS;
  while (performance.now() < deadline && delivery.awaitsConfirmation) await Bun.sleep(10);
  delivery.handOverAll();
  // While the sockets are still open: their senders hear of it, and do not send it again after the restart.
  await Promise.race([queue.settled(), Bun.sleep(STORE_OPEN_MS)]);
  delivery.senders.flush();
  closeSockets();
  await Promise.race([queue.settled(), Bun.sleep(STORE_CLOSED_MS)]);
  delivery.stop();
  return queue.frames;
}
