/** Every attack, in the order in which they run. */
import type { Attack } from "../attack.ts";
import * as http from "./http.ts";
import * as sockets from "./sockets.ts";
import * as upgrades from "./upgrades.ts";

/** What the others are compared with. */
export const peace: Attack = { name: "none", run: ({ end }) => end };

export const ATTACKS: readonly Attack[] = [
  peace,
  http.slowHeaders,
  http.slowBodies,
  http.slowUpgrades,
  http.idleConnections,
  http.oversizedHeads,
  http.oversizedBodies,
  http.badTokens,
  http.loginGuesses,
  http.registrations,
  upgrades.upgradesOfOne,
  upgrades.upgradesOfMany,
  upgrades.upgradesWithBadTokens,
  upgrades.upgradesWithoutToken,
  sockets.pings,
  sockets.deafPings,
  sockets.tinyFrames,
  sockets.tinyFramesV2,
  sockets.emptyMessages,
  sockets.endlessMessage,
  sockets.brokenTexts,
  sockets.typing,
  sockets.oneByteWrites,
  sockets.socketsOfOne,
  sockets.slowReader,
  sockets.hugeMailboxes,
];
