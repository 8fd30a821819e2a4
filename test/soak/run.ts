/**
 * `bun run soak`: people come, write, sleep, log in and out and look back for half an hour, or `--minutes N`, at a server on a
 * PostgreSQL database of its own. Says at the end what memory did and what was left behind; exit code 1 where it was anything.
 */
import { askedOf, WrongArguments } from "../../src/cli/command/command.ts";
import { World } from "../faults/harness/world.ts";
import { createPostgres, dropDatabases, NO_POSTGRES } from "../support/databases.ts";
import { holdsWithin } from "../support/until.ts";
import { heapOf, WITH_PROBE } from "./heap.ts";
import { QUANTITIES, type Sample, Sampler } from "./samples.ts";
import { Town } from "./town.ts";
import { leftOver, type Soak, tableOf, wrongWith } from "./verdicts.ts";

/** Samples of a run at least, and longest from one to the next, in seconds. */
const SAMPLES = 30;
const SAMPLE_SECONDS = 10;
/** When memory must be flat at the latest, and the longest window, in seconds. */
const SETTLED_SECONDS = 300;
const WINDOW_SECONDS = 60;
/** Longest that anything may stay after everybody has left, in seconds: HTTP connections end after 30 s of silence. */
const REST_SECONDS = 90;
/** A look collects garbage, so it is taken so seldom, in ms. */
const LOOK_AGAIN_MS = 1000;

const HELP = "bun run soak [--minutes N]: people at a server, for half an hour or N minutes\n";
const OPTIONS = { minutes: { type: "string", default: "30" } } as const;
const seconds = askedOf("soak", HELP, { options: OPTIONS }, ({ values }) => {
  const seconds = Number(values.minutes) * 60;
  if (seconds > 0) return seconds;
  throw new WrongArguments("--minutes takes a number above 0");
});
if (NO_POSTGRES !== undefined) {
  console.error(NO_POSTGRES);
  process.exit(1);
}

const world = new World("soak", "postgres");
const url = await createPostgres();
const server = await world.serve({ ...WITH_PROBE, MESSAGE_RATE: "", UPGRADES: "" }, { url });
const sampler = world.stack.use(new Sampler(server, url));
const town = await Town.settle(world, server);

const begun = performance.now();
const elapsed = () => (performance.now() - begun) / 1000;
const start = await withHeap(await sampler.take(0));
town.start();
const samples = await sampleFor(seconds);
const cpu = await sampler.cpuSeconds();
await town.end();
const soak: Soak = {
  start,
  samples,
  after: await afterwards(),
  settledAt: Math.round(Math.min(SETTLED_SECONDS, seconds / 6)),
  window: Math.min(WINDOW_SECONDS, seconds / 6),
};
const row = await world.close();
await dropDatabases();
finish();

/** Looks at the server until the time is over, and says so now and then. */
async function sampleFor(seconds: number): Promise<Sample[]> {
  const every = Math.min(SAMPLE_SECONDS, seconds / SAMPLES) * 1000;
  const samples: Sample[] = [];
  while (elapsed() < seconds) {
    // Time: the pace of the samples.
    await Bun.sleep(every);
    samples.push(await sampler.take(elapsed()));
    if (samples.length % 6 === 0) console.log(lineOf(samples.at(-1)!));
  }
  return samples;
}

function lineOf({ seconds, values }: Sample): string {
  const shown = [...values].map(([name, value]) => `${name} ${Math.round(value * 10) / 10}`);
  return `${Math.round(seconds)} s: ${shown.join("; ")}`;
}

/** The server once everybody has left and what may take its time is over: connections, counts by the limits. */
async function afterwards(): Promise<Sample> {
  let sample = start;
  const isEmpty = async () => {
    sample = await withHeap(await sampler.take(elapsed()));
    return leftOver(start, sample).length === 0;
  };
  await holdsWithin(REST_SECONDS * 1000, isEmpty, LOOK_AGAIN_MS);
  return sample;
}

async function withHeap({ seconds, values }: Sample): Promise<Sample> {
  const heap = await heapOf(server);
  const more = [
    // The driver has one for each connection, which ends it one day.
    ["timers besides the driver's", (heap["Timeout"] ?? 0) - values.get("database connections")!],
    ["WebSockets on the heap", heap["ServerWebSocket"] ?? 0],
  ] as const;
  return { seconds, values: new Map([...values, ...more]) };
}

function finish(): never {
  const wrong = [
    ...QUANTITIES.flatMap((quantity) => {
      const what = wrongWith(soak, quantity);
      return what === undefined ? [] : [`${quantity}: ${what}`];
    }),
    ...town.wrong.slice(0, 10),
    ...row.wrong,
  ];
  console.log(`\n${tableOf(soak)}\n`);
  console.log(
    `${row.sent} frames sent, ${row.acked} acked, ${row.repeated} repeated, ${row.lost} lost; ${town.summary}`,
  );
  console.log(`the server used ${cpu.toFixed(1)} s of CPU in ${Math.round(soak.samples.at(-1)!.seconds)} s`);
  for (const each of wrong) console.log(`WRONG: ${each}`);
  console.log(wrong.length === 0 ? "soak: good" : `soak: ${wrong.length} wrong`);
  process.exit(wrong.length === 0 ? 0 : 1);
}
