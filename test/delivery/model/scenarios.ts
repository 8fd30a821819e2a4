/** What may happen at most in one run. Everything happens in every order that is possible. */
export interface Scenario {
  /** The sender of each frame; each sender's frames are sent in this order. Sender 1 has a v2 socket and gets acks. */
  readonly frames: readonly (1 | 2)[];
  /** The target's sockets, in the order in which they open, if they do. */
  readonly sockets: readonly ("plain" | "v2")[];
  /** Clients that die unseen, which the server notices some time later. */
  readonly deaths?: number;
  /** Calls that fail: before the database did its work, after it, or before it does it after all. */
  readonly storeFailures?: number;
  /** Sockets that for a while take bytes slowly. */
  readonly slow?: number;
  /** Sockets that for a while take nothing. */
  readonly full?: number;
  /** Pongs that answer no ping: an empty one, or the last one again. */
  readonly strayPongs?: number;
  /** SIGTERM, and a new process on the same database. */
  readonly stop?: boolean;
}

/** Small enough for every run of the suite. */
export const SMALL: Record<string, Scenario> = {
  "three frames of two senders meet a socket that opens": { frames: [1, 2, 1], sockets: ["plain"] },
  "two sockets of one user open": { frames: [1, 1], sockets: ["plain", "plain"] },
  "a v2 socket and a plain one open": { frames: [1], sockets: ["v2", "plain"] },
  "a client dies unseen and comes back": { frames: [1], sockets: ["plain", "plain"], deaths: 1 },
  "a client dies unseen in the middle of a drain": { frames: [1, 2, 1], sockets: ["plain"], deaths: 1 },
  "a call to the database fails": { frames: [1, 2], sockets: ["plain"], storeFailures: 1 },
  "a socket takes bytes slowly": { frames: [1, 2, 1], sockets: ["plain"], slow: 1 },
  "a socket takes no more": { frames: [1, 2], sockets: ["plain"], full: 1 },
  "pongs come that nobody asked for": { frames: [1, 2], sockets: ["plain"], strayPongs: 1, deaths: 1 },
  "the server stops": { frames: [1, 2], sockets: ["plain"], stop: true },
};

/** Minutes: `MODEL_DEPTH=2`. */
export const LARGE: Record<string, Scenario> = {
  "three sockets": { frames: [1], sockets: ["plain", "plain", "plain"] },
  "two sockets, two senders": { frames: [1, 2], sockets: ["plain", "plain"] },
  "two sockets, two senders, a death": { frames: [1, 2], sockets: ["plain", "plain"], deaths: 1 },
  "two sockets, two deaths": { frames: [1, 1], sockets: ["plain", "plain"], deaths: 2 },
  "v2 and plain, a death": { frames: [1, 1], sockets: ["v2", "plain"], deaths: 1 },
  "two sockets, the database fails": { frames: [1], sockets: ["plain", "plain"], storeFailures: 1 },
  "the database fails twice": { frames: [1, 1], sockets: ["plain"], storeFailures: 2 },
  "the database fails and a client dies": { frames: [1, 1], sockets: ["plain"], storeFailures: 1, deaths: 1 },
  "two sockets, one full": { frames: [1, 1], sockets: ["plain", "plain"], full: 1 },
  "slow, full and dead": { frames: [1, 1], sockets: ["plain"], slow: 1, full: 1, deaths: 1 },
  "a stop with two sockets": { frames: [1, 1], sockets: ["plain", "v2"], stop: true },
  "a stop, a death, the database fails": {
    frames: [1, 1],
    sockets: ["plain"],
    stop: true,
    deaths: 1,
    storeFailures: 1,
  },
  "a stop and a slow socket": { frames: [1, 2], sockets: ["plain"], stop: true, slow: 1 },
  "two sockets, three frames": { frames: [1, 1, 1], sockets: ["plain", "plain"] },
};
