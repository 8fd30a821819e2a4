/**
 * Logins a second beside what the machine's argon2 gives, and what a storm of logins does to the relay: pairs of sockets
 * write at a steady pace, first in peace, then while everybody logs in at once.
 */
import { verify } from "@node-rs/argon2";
import { hashesAtOnce, Passwords } from "../../src/accounts/passwords.ts";
import { Latency, type Percentiles } from "../../src/cli/load/engine/latency.ts";
import type { Players } from "../../src/cli/load/players/players.ts";
import { SCENARIO } from "../../src/cli/load/scenarios.ts";
import { startServer } from "../../src/cli/load/target/server-process.ts";
import { crowdOf, openAll } from "../crowd.ts";
import { median } from "../report.ts";
import type { Ground } from "./ground.ts";

const PASSWORD = "correct horse";
const PEOPLE = 32;
/** Logins under way at once while their rate is measured: enough that the server always has one waiting. */
const AT_ONCE = 16;
/** Users that write meanwhile. */
export const LOGINS_USERS = 32;
const TURNS = 3;
/** Messages a second, all sockets together. */
const RATE = 1600;
/** Logins at once in the storm, by how long a measurement takes: with the usual 3 s they are 200. */
const STORM_LOGINS_PER_SECOND = 200 / 3;
/** The storm's messages are cut off once all have logged in; this is only its longest. */
const LONGEST_STORM_SECONDS = 60;

export interface LoginsResult {
  /** Cores on which server and yardstick hash: one is left to the event loops. */
  readonly cores: number;
  /** Of `@node-rs/argon2` alone, at the server's parameters. */
  readonly hashesPerSecond: number;
  readonly loginsPerSecond: number;
  /** Of each turn's logins to its hashes, the median. */
  readonly ratio: number;
  /** Messages from due to arrival, in ms. */
  readonly peace: Percentiles;
  readonly storm: Percentiles;
  readonly stormLogins: number;
  readonly stormSeconds: number;
}

/** @throws Error where a login is refused */
export async function measureLogins(ground: Ground): Promise<LoginsResult> {
  await using server = await startServer(ground.polyge);
  const http = server.url.replace(/^ws/, "http").replace(/\/wsconn$/, "");
  const names = await register(http);
  const rates = await byTurns(http, names, ground.seconds);
  ground.say(
    `logins: Polyge ${rates.loginsPerSecond.toFixed(1)}, argon2 alone ${rates.hashesPerSecond.toFixed(1)} a second`,
  );

  await using crowd = crowdOf([server.url], SCENARIO.pairs.members(ground.logins.slice(0, LOGINS_USERS)), 1);
  await openAll(crowd, LOGINS_USERS);
  const pace = { kind: "even", rate: RATE } as const;
  await crowd.talk(pace, 0, ground.warmUpSeconds);
  await recent(crowd);
  await crowd.talk(pace, ground.seconds, 0);
  const peace = await recent(crowd);
  const talking = crowd.talk(pace, LONGEST_STORM_SECONDS, 0);
  const stormLogins = Math.round(ground.seconds * STORM_LOGINS_PER_SECOND);
  const stormSeconds = await stormOf(http, names, stormLogins);
  const storm = await recent(crowd);
  await crowd.stop();
  await talking;
  return {
    cores: hashesAtOnce(1),
    ...rates,
    peace,
    storm,
    stormLogins,
    stormSeconds,
  };
}

/** The library alone, with as many hashes at once as the server runs, and logins: by turns, since a machine drifts. */
async function byTurns(http: string, names: readonly string[], seconds: number) {
  const stored = (await new Passwords().hash(PASSWORD)) as string;
  const turns: { hashes: number; logins: number }[] = [];
  while (turns.length < TURNS) {
    const slice = seconds / TURNS;
    const hashes = await perSecond(hashesAtOnce(1), slice, async () => void (await verify(stored, PASSWORD)));
    const logins = await perSecond(AT_ONCE, slice, (turn) => login(http, names[turn % PEOPLE]!));
    turns.push({ hashes, logins });
  }
  return {
    hashesPerSecond: median(turns.map(({ hashes }) => hashes)),
    loginsPerSecond: median(turns.map(({ logins }) => logins)),
    ratio: median(turns.map(({ hashes, logins }) => logins / hashes)),
  };
}

/** How often `act` is done in a second, `atOnce` at a time. */
async function perSecond(atOnce: number, seconds: number, act: (turn: number) => Promise<void>): Promise<number> {
  const started = performance.now();
  let turn = 0;
  let done = 0;
  const worker = async () => {
    while (performance.now() - started < seconds * 1000) {
      await act(turn++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (done * 1000) / (performance.now() - started);
}

async function register(http: string): Promise<string[]> {
  const run = crypto.randomUUID().slice(0, 8);
  const names = Array.from({ length: PEOPLE }, (_, index) => `bench-${run}-${index}`);
  const rest = { pwd: PASSWORD, gender: "1", language: "1", occup: "-", user_type: "1" };
  await Promise.all(names.map((uname) => post(`${http}/register`, { uname, ...rest })));
  return names;
}

const login = (http: string, uname: string) => post(`${http}/login`, { uname, pwd: PASSWORD });

async function post(url: string, fields: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

/** @returns how long they took all together, in seconds */
async function stormOf(http: string, names: readonly string[], count: number): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: count }, (_, index) => login(http, names[index % PEOPLE]!)));
  return (performance.now() - started) / 1000;
}

/** Latencies since the last call. */
async function recent(crowd: Players): Promise<Percentiles> {
  const samples = await crowd.sample();
  return Latency.sum(samples.map(({ latency }) => latency)).percentiles;
}
