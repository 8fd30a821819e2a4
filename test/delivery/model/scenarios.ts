import type { Scenario } from "./held-world.ts";

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
