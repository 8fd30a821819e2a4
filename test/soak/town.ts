/** The people of a soak: some stay, some come and go, some sleep, some log in and out, some look back. */
import { CLOSE } from "../../src/protocol/codes.ts";
import type { Receiver } from "../faults/harness/receiver.ts";
import type { Sender } from "../faults/harness/sender.ts";
import type { ServerProcess } from "../faults/harness/server.ts";
import type { World } from "../faults/harness/world.ts";
import { until } from "../support/until.ts";
import { Calls } from "./calls.ts";
import { Commuter } from "./commuter.ts";

const [SENDERS, RESIDENTS, CHURNERS, SLEEPERS, COMMUTERS] = [4, 12, 8, 8, 4];
/** Frames a second of each sender. */
const RATE = 3;
const DATA_BYTES = 120;
/** How often one of them does what they do, in ms. */
const PACES = { churn: 1000, sleep: 5000, commute: 3000, read: 2000 };
const HISTORY_PAGE = 50;

export class Town {
  readonly #world: World;
  readonly #calls: Calls;
  readonly #senders: Sender[] = [];
  readonly #residents: Receiver[];
  readonly #churners: Receiver[];
  readonly #sleepers: Receiver[];
  readonly #commuters: Commuter[];
  readonly #targets: number[];
  readonly #server: ServerProcess;
  readonly #timers: Timer[] = [];
  readonly #away = new Set<Receiver>();
  readonly #under = new Set<Promise<void>>();
  readonly #wrong: string[] = [];

  private constructor(world: World, server: ServerProcess, calls: Calls, commuters: Commuter[]) {
    this.#world = world;
    this.#server = server;
    this.#calls = calls;
    this.#commuters = commuters;
    const receivers = Array.from({ length: RESIDENTS + CHURNERS + SLEEPERS }, (_, i) =>
      world.receiver(server.at, world.login(i), i % 2 === 0),
    );
    this.#targets = receivers.map((_, i) => world.login(i).uid);
    this.#residents = receivers.slice(0, RESIDENTS);
    this.#churners = receivers.slice(RESIDENTS, RESIDENTS + CHURNERS);
    this.#sleepers = receivers.slice(RESIDENTS + CHURNERS);
  }

  static async settle(world: World, server: ServerProcess): Promise<Town> {
    const calls = new Calls(server.at);
    const run = crypto.randomUUID().slice(0, 8);
    const commuters: Commuter[] = [];
    for (let i = 0; i < COMMUTERS; i++) commuters.push(await Commuter.register(calls, server.at, `soak-${run}-${i}`));
    return new Town(world, server, calls, commuters);
  }

  /** Everybody begins. */
  start(): void {
    for (const receiver of this.#residents) receiver.start();
    for (const receiver of [...this.#churners, ...this.#sleepers]) this.#away.add(receiver);
    for (let i = 0; i < SENDERS; i++) {
      const login = this.#world.login(this.#targets.length + i);
      const options = { at: this.#server.at, login, v2: true, targets: this.#targets, rate: RATE };
      this.#senders.push(this.#world.sender({ ...options, dataBytes: DATA_BYTES, window: 1000 }));
    }
    this.#every(PACES.churn, (turn) => this.#toggle(this.#churners[turn % CHURNERS]!, turn % 3 === 0));
    this.#every(PACES.sleep, (turn) => this.#toggle(this.#sleepers[turn % SLEEPERS]!, false));
    this.#every(PACES.commute, (turn) => this.#track(this.#commuters[turn % COMMUTERS]!.day()));
    this.#every(PACES.read, (turn) => this.#track(this.#lookBack(turn)));
  }

  /** Those who were away come; waits until all that was sent has arrived, then everybody leaves. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#under);
    for (const receiver of this.#away) receiver.start();
    await this.#world.settle();
    for (const person of [...this.#receivers, ...this.#senders]) person.leave();
    await until("everybody is gone", () => this.#receivers.every(({ online }) => !online));
  }

  get wrong(): readonly string[] {
    const codes = this.#receivers.flatMap(({ ends }) => [...ends.keys()]);
    const odd = new Set(codes.filter((code) => code !== 1000 && code !== 1006 && code !== CLOSE.goingAway));
    return [
      ...this.#wrong,
      ...this.#commuters.flatMap(({ wrong }) => wrong),
      ...[...odd].map((code) => `sockets ended with ${code}`),
    ];
  }

  /** What was done, in a line. */
  get summary(): string {
    const days = this.#commuters.reduce((sum, { count }) => sum + count.done, 0);
    const connections = this.#receivers.reduce((sum, each) => sum + each.connections, 0);
    const calls = [...this.#calls.statuses].map(([status, count]) => `${count} × ${status}`).join(", ");
    return `${connections} connections of those who come and go, ${days} times login to logout, calls: ${calls}`;
  }

  get #receivers(): readonly Receiver[] {
    return [...this.#residents, ...this.#churners, ...this.#sleepers];
  }

  #every(ms: number, act: (turn: number) => void): void {
    let turn = 0;
    // Time: the pace of the town.
    this.#timers.push(setInterval(() => act(turn++), ms));
  }

  #track(work: Promise<void>): void {
    const done = work.catch((error) => void this.#wrong.push(String(error))).finally(() => this.#under.delete(done));
    this.#under.add(done);
  }

  /** Comes, or goes: with a handshake or, as a phone that loses its network, without. */
  #toggle(receiver: Receiver, abruptly: boolean): void {
    if (this.#away.delete(receiver)) receiver.start();
    else {
      this.#away.add(receiver);
      if (abruptly) receiver.cut();
      else receiver.leave();
    }
  }

  async #lookBack(turn: number): Promise<void> {
    const { token } = this.#world.login(turn % RESIDENTS);
    const peer = this.#senders[turn % SENDERS]!.uid;
    await this.#calls.post("/conversations", { token });
    await this.#calls.post("/history", { token, peer, limit: HISTORY_PAGE });
  }
}
