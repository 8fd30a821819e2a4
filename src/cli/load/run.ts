/** One run: the crowd is made, the scenario is played to it, every message is waited for, and all is counted. */
import type { Arguments } from "./arguments.ts";
import { nowMicroseconds } from "./engine/clock.ts";
import type { Login } from "./engine/connection.ts";
import type { Counts } from "./players/orders.ts";
import { Players } from "./players/players.ts";
import { type Result, resultOf } from "./result.ts";
import { SCENARIO, type Stage } from "./scenarios.ts";
import { scrape } from "./target/measures.ts";
import { type Moment, Timeline } from "./timeline.ts";

/** After the last message, how long pings are still answered: what a server holds unconfirmed it would send again later. */
const LAST_PINGS_MS = 1200;
/** Sockets of each client process that rehearse: with all of them, what they leave free would hold the others. */
const REHEARSING = 500;
/** After a rehearsal: the servers' buffers shrink. */
const REST_MS = 3000;
const LOOK_EVERY_MS = 50;

export interface Target {
  readonly urls: readonly string[];
  readonly logins: readonly Login[];
  readonly own: boolean;
  /** Resolves with a word for the report when the server is known to have ended; never, where that cannot be known. */
  readonly ended: Promise<string>;
}

export interface Spectator {
  seen(moment: Moment, total: Counts): void;
}

/** A wish of the operator's to end the run early, and still have its report. */
export type Interrupt = Promise<void>;

/** @throws Error where no socket at all can be opened */
export async function run(
  asked: Arguments,
  target: Target,
  spectator: Spectator,
  interrupt: Interrupt,
): Promise<Result> {
  const { settings, processes, insecure, metricsToken } = asked;
  const httpUrls = target.urls.map((url) => url.replace(/^ws/, "http").replace(/\/wsconn$/, ""));
  const scraper = { urls: httpUrls, token: metricsToken, insecure };
  const [before, version] = [await scrape(scraper), await versionOf(httpUrls[0]!)];
  const zeroUs = nowMicroseconds();
  await using players = new Players({
    urls: target.urls,
    members: SCENARIO[asked.scenario].members(target.logins),
    dataBytes: settings.bytes,
    acks: settings.acks,
    insecure,
    run: crypto.getRandomValues(new Uint32Array(1))[0]! | 1,
    zeroUs,
    processes,
  });
  const timeline = new Timeline(zeroUs, {
    sample: () => players.sample(),
    scrape: () => scrape(scraper),
    seen: (moment, total) => spectator.seen(moment, total),
  });
  let over = false;
  void target.ended.then((how) => over || timeline.incident(how));
  timeline.start();

  const show = new Show(players, timeline, asked.drain, interrupt);
  await show.play(() => SCENARIO[asked.scenario].play(show, settings));
  await show.settle(settings.rate !== undefined || asked.scenario === "pairs");
  over = true;
  await timeline.stop();
  const outcomes = await players.finish();
  return resultOf({
    asked,
    target: { urls: target.urls, own: target.own, version },
    outcomes,
    timeline,
    from: show.from,
    to: show.to,
    residentBefore: show.residentBefore ?? before?.residentBytes,
    interrupted: show.interrupted,
  });
}

/** No socket could be opened. */
class NobodyThere extends Error {}

/** The stage on which a scenario is played. */
class Show implements Stage {
  /** Seconds of the run between which the scenario's rates count. */
  from = 0;
  to = 0;
  interrupted = false;
  /** Resident memory of the servers before the sockets that count. */
  residentBefore: number | undefined;
  private readonly players: Players;
  private readonly timeline: Timeline;
  private drainSeconds: number;
  private readonly interrupt: Interrupt;

  constructor(players: Players, timeline: Timeline, drainSeconds: number, interrupt: Interrupt) {
    this.players = players;
    this.timeline = timeline;
    this.drainSeconds = drainSeconds;
    this.interrupt = interrupt;
    void interrupt.then(() => {
      this.interrupted = true;
    });
  }

  /** Plays until the scenario is over, or the operator has seen enough. */
  async play(scenario: () => Promise<void>): Promise<void> {
    const played = scenario().catch((error) => {
      if (!(error instanceof NobodyThere)) throw error;
      this.drainSeconds = 0;
    });
    await Promise.race([played, this.interrupt]);
    await this.players.stop();
    this.to ||= this.timeline.now;
  }

  phase(name: string): void {
    this.timeline.phase = name;
    // A scenario that names a second phase has measured its first.
    if (this.from > 0) this.to ||= this.timeline.now;
    this.from ||= this.timeline.now;
  }

  async open(sleepers = false): Promise<void> {
    if (this.from === 0) this.timeline.phase = "opening";
    const open = await this.players.open(sleepers);
    // Nobody is there to play it: what is to be said is why.
    if (open === 0) throw new NobodyThere();
    if (sleepers) return this.arrived();
  }

  async talk(...[pace, seconds, warmUp]: Parameters<Stage["talk"]>): Promise<void> {
    this.from = this.timeline.now + warmUp;
    await this.players.talk(pace, seconds, warmUp);
    this.to = this.timeline.now;
  }

  churn(perSecond: number, seconds: number): Promise<void> {
    return this.players.churn(perSecond, seconds);
  }

  storm(seconds: number): Promise<void> {
    return this.players.storm(seconds);
  }

  async hold(seconds: number): Promise<void> {
    await Bun.sleep(seconds * 1000);
  }

  async arrived(): Promise<void> {
    const giveUp = performance.now() + this.drainSeconds * 1000;
    const done = () => this.timeline.total.received + this.timeline.total.nacked >= this.timeline.total.sent;
    // Only what was counted after now says that nothing is under way.
    const seen = this.timeline.moments.length + 1;
    while ((this.timeline.moments.length < seen || !done()) && performance.now() < giveUp)
      await Bun.sleep(LOOK_EVERY_MS);
  }

  async rehearse(): Promise<void> {
    this.timeline.phase = "rehearsing";
    await this.players.open(false, REHEARSING);
    await this.players.leave();
    await Bun.sleep(REST_MS);
    this.residentBefore = this.timeline.moments.at(-1)?.server?.residentBytes;
  }

  /** Brings everybody back, waits for what is under way, then for the last pings. */
  async settle(messages: boolean): Promise<void> {
    this.timeline.phase = "settling";
    if (!messages) return;
    await Promise.race([this.players.open(true), Bun.sleep(this.drainSeconds * 1000)]);
    await this.arrived();
    await Bun.sleep(LAST_PINGS_MS);
  }
}

/** What a service says that it is; undefined where it says nothing any more. */
async function versionOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(1000) });
    const { version, rs } = (await response.json()) as { version?: string; rs?: { version?: string } };
    return version ?? rs?.version;
  } catch {
    return undefined;
  }
}
