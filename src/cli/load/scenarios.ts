/** The scenarios: who is there, whom each writes to, and what happens. */

import type { Login } from "./engine/connection.ts";
import { randomPairs } from "./engine/pairs.ts";
import type { Member, Pace } from "./players/orders.ts";

export const SCENARIOS = ["pairs", "connect", "idle", "fan-in", "offline", "churn", "mixed"] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** What can be set; each scenario has its own defaults. Rates are of all sockets together. */
export interface Settings {
  readonly sockets: number;
  /** How long the scenario runs, after the warm-up. */
  readonly seconds: number;
  /** Runs before latencies and rates count. */
  readonly warmUp: number;
  /** Messages a second; undefined: a closed loop, or none at all. */
  readonly rate: number | undefined;
  /** Closed loop: messages of each socket under way. */
  readonly inFlight: number;
  /** Data of each message, without the frame's own 36 bytes. */
  readonly bytes: number;
  /** Sockets that leave and come back, a second. */
  readonly churn: number;
  readonly acks: boolean;
}

/** What a scenario may do with the crowd. */
export interface Stage {
  /** Names what goes on from now, for the progress and the charts. */
  phase(name: string): void;
  open(sleepers?: boolean): Promise<void>;
  talk(pace: Pace, seconds: number, warmUp: number): Promise<void>;
  churn(perSecond: number, seconds: number): Promise<void>;
  storm(seconds: number): Promise<void>;
  hold(seconds: number): Promise<void>;
  /** Waits until all messages sent have arrived, a few seconds at most. */
  arrived(): Promise<void>;
  /** Opens and closes some sockets, and takes the servers' memory then for what they need without sockets. */
  rehearse(): Promise<void>;
}

export interface Scenario {
  readonly summary: string;
  readonly defaults: (sockets: number) => Partial<Settings>;
  /** Indices of whom socket `own` writes to, by the number of sockets. */
  readonly members: (logins: readonly Login[]) => Member[];
  readonly play: (stage: Stage, settings: Settings) => Promise<void>;
}

/** Whom a user of `mixed` knows, at most. */
const MOST_CONTACTS = 20;

const silent = (logins: readonly Login[]): Member[] =>
  logins.map((login) => ({ ...login, contacts: [], sleeps: false }));

function inPairs(logins: readonly Login[]): Member[] {
  const peers = randomPairs(logins.length);
  return logins.map((login, own) => ({ ...login, contacts: [peers[own]!], sleeps: false }));
}

const evenPace = (rate: number | undefined): Pace => ({ kind: "even", rate: rate! });

/** Messages and churn at once, with the warm-up for both. */
async function talkAndChurn(stage: Stage, pace: Pace, { churn, seconds, warmUp }: Settings): Promise<void> {
  await Promise.all([stage.talk(pace, seconds, warmUp), stage.churn(churn, seconds + warmUp)]);
}

export const SCENARIO: Readonly<Record<ScenarioName, Scenario>> = {
  pairs: {
    summary: "sockets in random pairs: as fast as it goes (closed loop), or at --rate (open loop)",
    defaults: () => ({}),
    members: inPairs,
    async play(stage, { rate, inFlight, seconds, warmUp }) {
      await stage.open();
      stage.phase("talking");
      await stage.talk(rate === undefined ? { kind: "closed", inFlight } : evenPace(rate), seconds, warmUp);
    },
  },
  connect: {
    summary: "a storm: authenticated sockets opened as fast as the server lets them, round and round",
    defaults: () => ({ warmUp: 0 }),
    members: silent,
    async play(stage, { seconds }) {
      stage.phase("storm");
      await stage.storm(seconds);
    },
  },
  idle: {
    summary: "silent sockets: what one costs in memory, and what pinging them costs",
    // What the openings used is given back after 10 to 15 s.
    defaults: () => ({ warmUp: 0, seconds: 20 }),
    members: silent,
    async play(stage, { seconds }) {
      await stage.rehearse();
      await stage.open();
      stage.phase("holding");
      await stage.hold(seconds);
    },
  },
  "fan-in": {
    summary: "all write to one",
    defaults: () => ({ rate: 2000 }),
    members: (logins) => logins.map((login, own) => ({ ...login, contacts: own === 0 ? [] : [0], sleeps: false })),
    async play(stage, { rate, seconds, warmUp }) {
      await stage.open();
      stage.phase("talking");
      await stage.talk(evenPace(rate), seconds, warmUp);
    },
  },
  offline: {
    summary: "one half writes to the other, who sleep; then these wake and get their mail",
    defaults: () => ({ rate: 1000, acks: true, warmUp: 0 }),
    members: (logins) =>
      logins.map((login, own) => ({ ...login, contacts: own % 2 === 0 ? [own + 1] : [], sleeps: own % 2 === 1 })),
    async play(stage, { rate, seconds, warmUp }) {
      await stage.open();
      stage.phase("storing");
      await stage.talk(evenPace(rate), seconds, warmUp);
      stage.phase("waking");
      await stage.open(true);
    },
  },
  churn: {
    summary: "sockets leave and come back all the time, while pairs write to each other",
    defaults: (sockets) => ({ rate: 500, churn: Math.max(1, sockets / 20) }),
    members: inPairs,
    async play(stage, settings) {
      await stage.open();
      stage.phase("churning");
      await talkAndChurn(stage, { kind: "poisson", rate: settings.rate!, day: false }, settings);
    },
  },
  mixed: {
    summary: "a chat service's day in --seconds: Poisson messages, Zipf contacts, people who come and go",
    defaults: (sockets) => ({ rate: Math.max(1, sockets / 2), churn: Math.max(1, sockets / 100), seconds: 60 }),
    members: (logins) =>
      logins.map((login, own) => ({ ...login, contacts: someOthers(own, logins.length), sleeps: false })),
    async play(stage, settings) {
      await stage.open();
      stage.phase("a day");
      await talkAndChurn(stage, { kind: "poisson", rate: settings.rate!, day: true }, settings);
    },
  },
};

/** Contacts of a user, drawn at random, the favourite first. */
function someOthers(own: number, count: number): number[] {
  const others = new Set<number>();
  const wanted = Math.min(MOST_CONTACTS, count - 1);
  while (others.size < wanted) {
    const other = Math.floor(Math.random() * count);
    if (other !== own) others.add(other);
  }
  return [...others];
}
