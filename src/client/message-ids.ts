/**
 * The first of a connection's message ids; each message has the next one. A random start among 2^63, so that two clients of
 * one user, or one client before and after a restart, do not meet: the server takes a second frame with the same sender,
 * target and id for the first one sent again, and drops it. Not made of the clock, which two clients share.
 */
export function drawMsgId(): bigint {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  // The highest bit stays clear: 2^63 ids are left to count on from any start.
  return (BigInt(high! >>> 1) << 32n) | BigInt(low!) || 1n;
}
