/** What the model's delivery is set to, and the times in it that matter. */
export const FLUSH_MS = 5;
/** A stop gives the database up after this or more; never here, where it always comes back. */
export const PATIENCE_MS = 3000;
/** Longer than a stop waits for pongs, and than confirmations are apart. */
export const LONG_MS = 1001;
export const CONFIRM_MS = 100;

/** No bound of memory is met, and a batch is small. */
export const SETTINGS = {
  heldPerUser: 1e9,
  heldInAll: 1e9,
  maxBytes: 1e9,
  flushMs: FLUSH_MS,
  batchFrames: 2,
  socketsPerUser: 9,
};
export const EVENTS = {
  tokenEnded: () => {},
  kicked: () => {},
  tokensUnsure: () => {},
  blocksChanged: () => {},
  blocksUnsure: () => {},
  refused: () => {},
  replaced: () => {},
  report: () => {
    throw new Error("nobody asks");
  },
};
