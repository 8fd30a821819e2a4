/**
 * Three nodes behind a load balancer are restarted one after the other, as a rollout does, while applications with the SDK talk:
 * nothing that was acked is lost, everybody is back soon, and not all in the same moment.
 */
import { NO_NATS, startNats } from "../../support/nats.ts";
import { until } from "../../support/until.ts";
import { Balancer } from "../harness/balancer.ts";
import type { Scenario } from "../harness/scenario.ts";
import { SdkUser } from "../harness/sdk-user.ts";

/** Everybody is back within this, in ms. */
const BACK_MS = 5000;
/** What the server asks for before a client comes back, and over how much more the SDK spreads them, in ms. */
const ASKED_MS = 1000;
const STEP_MS = 100;
/** Of those that lost a node at the same moment, the most that may try again within one step. */
const CROWD = 0.5;
/** So few may come together by chance. */
const FEW = 10;
const SIZES = {
  small: { users: 24, everyMs: 200, rounds: 1, standMs: 0 },
  // A connection that lasts less than 5 s is a failure to the SDK, whose pauses then grow.
  full: { users: 39, everyMs: 100, rounds: 4, standMs: 5500 },
};

export const rollingRestart: Scenario = {
  name: "rolling restart",
  databases: ["postgres"],
  obstacle: () => NO_NATS,
  async run(world, size) {
    const { users: count, everyMs, rounds, standMs } = SIZES[size];
    const nats = world.stack.use(await startNats());
    const nodes = await world.serveNodes([nats.url, nats.url, nats.url]);
    const balancer = world.stack.use(await Balancer.start(nodes));
    const users: SdkUser[] = [];
    for (let i = 0; i < count; i++) {
      const login = world.login(i);
      users.push(await SdkUser.connect(balancer.at, login, world.journalOf(login.uid)));
    }
    world.ledger.senders.push(...users);
    const uids = users.map(({ uid }) => uid);
    for (const [i, user] of users.entries()) user.write([...uids.slice(i + 1), ...uids.slice(0, i)], everyMs);

    /** Of each restart. */
    const crowds: { gaps: number[]; attempts: number[] }[] = [];
    for (let restart = 0; restart < rounds * nodes.length; restart++) {
      const node = nodes[restart % nodes.length]!;
      // Time: how long a rollout lets a node stand before it goes on to the next.
      await Bun.sleep(standMs);
      const before = users.map(({ gaps }) => gaps.length);
      const { code } = await node.end("SIGTERM");
      world.expect(code === 0, `exit code ${code}`);
      await node.start();
      await until("the node is back and so are its users", () => {
        return balancer.sendsTo(node) && users.every(({ online }) => online);
      });
      crowds.push({
        gaps: users.flatMap(({ gaps }, i) => gaps.slice(before[i])),
        attempts: users.flatMap(({ attempts }, i) => attempts.slice(before[i])),
      });
    }
    await world.settle();
    for (const wrong of wrongWith(crowds)) world.expect(false, wrong);
    world.expect(world.ledger.outOfOrder === 0, "messages out of order");
    const gaps = crowds.flatMap((crowd) => crowd.gaps).toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(gaps[Math.min(Math.floor(gaps.length * share), gaps.length - 1)] ?? 0);
    world.note(`${crowds.length} restarts, ${gaps.length} times without a socket: p50 ${at(0.5)}, most ${at(1)} ms`);
    world.note(`tried after, in steps of ${STEP_MS} ms: ${histogramOf(crowds.flatMap(({ attempts }) => attempts))}`);
    world.note(`back after: ${histogramOf(gaps)}`);
  },
};

function wrongWith(crowds: readonly { gaps: readonly number[]; attempts: readonly number[] }[]): string[] {
  const slowest = Math.max(0, ...crowds.flatMap(({ gaps }) => gaps));
  const wrong = slowest < BACK_MS ? [] : [`somebody was back after ${Math.round(slowest)} ms`];
  for (const { attempts } of crowds) {
    const most = Math.max(0, ...stepsOf(attempts).values());
    if (most > Math.max(FEW, attempts.length * CROWD)) wrong.push(`${most} of ${attempts.length} tried together`);
    if (attempts.some((ms) => Math.ceil(ms) < ASKED_MS)) wrong.push("somebody tried sooner than was asked for");
  }
  return wrong;
}

function stepsOf(gaps: readonly number[]): Map<number, number> {
  const steps = new Map<number, number>();
  for (const ms of gaps) {
    const step = Math.floor(ms / STEP_MS);
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  return steps;
}

const histogramOf = (gaps: readonly number[]): string =>
  [...stepsOf(gaps)]
    .toSorted(([a], [b]) => a - b)
    .map(([step, times]) => `${step * STEP_MS}: ${times}`)
    .join(", ");
