/** What tells two states of a recipient and of a socket apart. */
import type { Recipient } from "../../../src/delivery/recipient.ts";
import { isFrame, nameOf } from "./held-frames.ts";
import type { HeldSocket } from "./held-socket.ts";

/** @param pinged within the time that confirmations are apart */
export function recipientPrint(recipient: Recipient, pinged: boolean): string {
  const { log, confirmed, flushing, ping, sentEnd, keptFrom } = recipient;
  return [log.base, log.end, confirmed, flushing, ping, pinged, sentEnd, keptFrom].join();
}

/** @param strays whether pongs may still come that nobody asked for */
export function socketPrint(socket: HeldSocket, recipients: readonly Recipient[], strays: boolean): string {
  const { state, cursor, confirmedLog, pingId, pingStored, pingLog, stored, recipient } = socket.subscriber;
  return [
    ...[state, cursor, confirmedLog, pingId > 0, pingStored, pingLog, stored?.given, stored?.confirmed],
    ...[recipients.indexOf(recipient), socket.alive, socket.open, socket.appetite, socket.answered],
    strays && socket.lastPing !== undefined,
    ...socket.wire.slice(0, socket.answered).map(nameOf).filter(isFrame).sort(),
    "then",
    ...socket.wire.slice(socket.answered).map((item) => (item instanceof Uint8Array ? nameOf(item) : "ping")),
  ].join();
}
