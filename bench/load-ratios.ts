/**
 * What of a load test holds on another day: its figures by those of the bare relay under the same load. Both servers and
 * both crowds are there all the time and get the load in slices, by turns: what the machine does meanwhile falls on both.
 */
import type { Login } from "../src/cli/load/engine/connection.ts";
import { measureCpu } from "../src/cli/load/engine/cpu.ts";
import type { Players } from "../src/cli/load/players/players.ts";
import { SCENARIO, type ScenarioName, type Settings } from "../src/cli/load/scenarios.ts";
import { type ServerProgram, startServer } from "../src/cli/load/target/server-process.ts";
import { clientsFor, countsOf, crowdOf, openAll } from "./crowd.ts";
import type { Ratio } from "./measured.ts";
import { median } from "./report.ts";

/** The bare relay stores nothing, so what sleeps or comes and goes has no yardstick; an idle socket's is in the bench. */
export const COMPARABLE = ["pairs", "fan-in", "connect"] as const satisfies ScenarioName[];
export type Comparable = (typeof COMPARABLE)[number];

const DRAIN_MS = 5000;
const LOOK_EVERY_MS = 20;

interface Side extends AsyncDisposable {
  readonly pid: number;
  readonly crowd: Players;
}

/** What one slice of the load came to. */
interface Slice {
  /** Messages that arrived, or connects. */
  readonly perSecond: number;
  /** Server CPU of each, in seconds. */
  readonly cpu: number;
}

/** The two servers, their users, and how often each gets the load and for how long. */
export interface Comparison {
  readonly own: ServerProgram;
  readonly bare: ServerProgram;
  readonly logins: readonly Login[];
  readonly slices: number;
  readonly sliceSeconds: number;
}

/** @throws Error where a socket cannot be opened, or messages are lost */
export async function ratiosOfLoad(
  scenario: Comparable,
  settings: Settings,
  { own, bare, logins, slices, sliceSeconds }: Comparison,
): Promise<Ratio[]> {
  await using ours = await sideOf(own, scenario, settings, logins);
  await using theirs = await sideOf(bare, scenario, settings, logins);
  const sliceOn = (side: Side) => sliceOf(side, scenario, settings, sliceSeconds);
  for (const side of [ours, theirs]) await sliceOn(side);
  const pairs: { ours: Slice; theirs: Slice }[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const order = slice % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const first = await sliceOn(order[0]!);
    const second = await sliceOn(order[1]!);
    pairs.push(slice % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  const what = scenario === "connect" ? "connect" : "message";
  const ratio = (name: string, better: Ratio["better"], read: (slice: Slice) => number): Ratio => ({
    name: `load ${scenario}, ${name}: ${own.name} ÷ ${bare.name}`,
    value: median(pairs.map(({ ours, theirs }) => read(ours) / read(theirs))),
    better,
  });
  // At a set rate both relay as much as is sent.
  const isPaced = settings.rate !== undefined;
  return [
    ...(isPaced ? [] : [ratio(`${what}s a second`, "higher", ({ perSecond }) => perSecond)]),
    ratio(`server CPU of a ${what}`, "lower", ({ cpu }) => cpu),
  ];
}

async function sideOf(
  program: ServerProgram,
  scenario: Comparable,
  { sockets, bytes }: Settings,
  logins: readonly Login[],
): Promise<Side> {
  const server = await startServer(program);
  const crowd = crowdOf([server.url], SCENARIO[scenario].members(logins), clientsFor(sockets), bytes);
  const stop = async () => {
    await crowd[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  try {
    await openAll(crowd, sockets);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: server.pid, crowd, [Symbol.asyncDispose]: stop };
}

async function sliceOf(
  { pid, crowd }: Side,
  scenario: Comparable,
  { rate, inFlight }: Settings,
  sliceSeconds: number,
): Promise<Slice> {
  const before = await countsOf(crowd);
  const cpu = measureCpu([pid]);
  if (scenario === "connect") await crowd.storm(sliceSeconds);
  else await crowd.talk(rate === undefined ? { kind: "closed", inFlight } : { kind: "even", rate }, sliceSeconds, 0);
  await drained(crowd);
  const { seconds, servers = Number.NaN } = cpu();
  const after = await countsOf(crowd);
  const count = scenario === "connect" ? after.connects - before.connects : after.received - before.received;
  return { perSecond: count / seconds, cpu: (servers * seconds) / count };
}

/** Waits for what is under way. @throws Error where something does not arrive */
async function drained(crowd: Players): Promise<void> {
  const giveUp = performance.now() + DRAIN_MS;
  for (;;) {
    const { sent, received } = await countsOf(crowd);
    if (received >= sent) return;
    if (performance.now() > giveUp) throw new Error(`${sent - received} of ${sent} messages did not arrive`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
