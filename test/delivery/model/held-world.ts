import { drainMicrotasks } from "bun:jsc";
import pino from "pino";
import { LocalBroker } from "../../../src/broker/local.ts";
import { Delivery } from "../../../src/delivery/delivery.ts";
import type { Recipient } from "../../../src/delivery/recipient.ts";
import { stopDelivery } from "../../../src/delivery/stop.ts";
import type { Mailboxes } from "../../../src/store/mailbox.ts";
import type { Action, World } from "./explorer.ts";
import { recipientPrint, socketPrint } from "./fingerprints.ts";
import { FRAMES, nameOf, TARGET } from "./held-frames.ts";
import { CONFIRM_MS, EVENTS, FLUSH_MS, LONG_MS, PATIENCE_MS, SETTINGS } from "./held-settings.ts";
import { HeldSocket } from "./held-socket.ts";
import { HeldStore } from "./held-store.ts";
import { Rules } from "./rules.ts";
import type { Scenario } from "./scenarios.ts";
import { StoreChoices } from "./store-choices.ts";
import type { Timer, VirtualTime } from "./virtual-time.ts";

const MAX_SETTLING = 500;

const NOTHING_LEFT = { deaths: 0, storeFailures: 0, slow: 0, full: 0, strayPongs: 0, stop: 0, sockets: 0 };
const log = pino({ level: "silent" });

/** The real delivery between a database and clients that do what the explorer says, when it says so. */
export class HeldWorld implements World {
  readonly #time: VirtualTime;
  readonly #scenario: Scenario;
  readonly #store = new HeldStore();
  readonly #rules: Rules;
  readonly #storeChoices: StoreChoices;
  readonly #clock = { ms: 0 };
  readonly #sockets: HeldSocket[] = [];
  readonly #left;
  #delivery: Delivery;
  #next = { 1: 0, 2: 0 };
  #sender: HeldSocket | undefined;
  #stopping: "no" | "sealing" | "finishing" | "stopped" = "no";
  /** Confirmed ids that the queue was told of and has not passed on to the store. */
  #removals: number[] = [];
  #removalsTaken = 0;
  #removalsIssued = 0;

  constructor(time: VirtualTime, scenario: Scenario) {
    this.#time = time;
    time.reset();
    this.#scenario = scenario;
    const { frames: _, sockets, stop, ...budgets } = scenario;
    this.#left = { ...NOTHING_LEFT, ...budgets, stop: Number(stop ?? false), sockets: sockets.length };
    this.#rules = new Rules(this.#store.committed);
    this.#storeChoices = new StoreChoices(this.#store, this.#rules, this.#left);
    this.#store.onRemove = () => {
      this.#removals = [];
      this.#removalsIssued = this.#removalsTaken;
    };
    this.#delivery = this.#start();
    this.#sender = this.#open("sender", 1, true);
    drainMicrotasks();
    this.#store.calls[0]!.answer();
    drainMicrotasks();
  }

  choices(): Action[] {
    const actions: Action[] = [];
    const add = (name: string, run: () => void) =>
      actions.push({
        name,
        run: () => {
          run();
          drainMicrotasks();
        },
      });
    this.#frameChoices(add);
    this.#storeChoices.add(add);
    this.#timeChoices(add);
    for (const socket of this.#sockets) this.#socketChoices(socket, add);
    if (this.#left.sockets > 0 && this.#stopping === "no") {
      const at = this.#scenario.sockets.length - this.#left.sockets;
      add(`socket ${at} opens`, () => {
        this.#left.sockets--;
        this.#sockets.push(this.#open(String(at), TARGET, this.#scenario.sockets[at] === "v2"));
      });
    }
    if (this.#left.stop > 0) {
      add("SIGTERM", () => {
        this.#left.stop--;
        void this.#stop();
      });
    }
    return actions;
  }

  check(): void {
    this.#rules.check(this.#sockets);
  }

  /** A last, healthy socket must get what nobody has confirmed, and nothing may be left over then. */
  finish(): void {
    Object.assign(this.#left, NOTHING_LEFT);
    if (this.#stopping !== "no") {
      if (this.#stopping !== "stopped") throw new Error("the stop never ends");
      this.#time.reset();
      this.#delivery = this.#start();
      this.#stopping = "no";
      this.#rules.restarted();
      this.#sender = undefined;
    }
    this.#sockets.push(this.#open("last", TARGET, false));
    drainMicrotasks();
    let steps = 0;
    for (let [action] = this.choices(); action !== undefined; [action] = this.choices()) {
      if (++steps > MAX_SETTLING) throw new Error("it never settles");
      action.run();
      this.check();
    }
    this.#rules.end(this.#sender !== undefined);
    if (this.#store.rows.length > 0 && !this.#rules.repeatsStored) throw new Error("frames are left in the mailbox");
    const { held, queue } = this.#delivery;
    if (held.bytes + queue.bytes + queue.frames !== 0) throw new Error("frames are left in memory");
  }

  fingerprint(): string {
    const recipients = [...new Set(this.#sockets.map(({ subscriber }) => subscriber.recipient))];
    const { queue } = this.#delivery;
    return [
      this.#rules.fingerprint(),
      JSON.stringify([this.#left, this.#next, this.#stopping, this.#time.now < this.#deadline]),
      queue.frames,
      this.#removals,
      // What is tried again.
      this.#time.pending.some(({ kind }) => kind === "sleep") ? this.#store.lastWrite : "",
      this.#store.rows.map(({ id, frame }) => `${id}${nameOf(frame)}`),
      this.#store.calls.map(({ name, executed }) => name + executed),
      this.#storeChoices.late.map(({ name }) => name),
      this.#time.pending.map(({ kind, ms, label }) => kind + label + (kind === "sleep" ? ms : "")).sort(),
      recipients.map((each) => recipientPrint(each, this.#clock.ms - each.pingedMs < CONFIRM_MS)),
      this.#sockets.map((socket) => [
        socketPrint(socket, recipients, this.#left.strayPongs > 0),
        socket.subscriber.state === "draining" ? this.#barrierPrint(socket) : "",
      ]),
    ].join("|");
  }

  /** What of that which a drain waits for is still to come. */
  #barrierPrint({ waitsFor: { frames, removals } }: HeldSocket): string {
    const removing = this.#store.lastWrite.startsWith("remove");
    return `${Math.max(0, frames - this.#delivery.queue.stored)} ${removals > this.#removalsIssued} ${removing && removals}`;
  }

  #deadline = Number.POSITIVE_INFINITY;

  #start(): Delivery {
    const broker = new LocalBroker();
    const delivery = new Delivery(this.#store as unknown as Mailboxes, broker, this.#clock, SETTINGS, EVENTS, log);
    const remove = delivery.queue.remove.bind(delivery.queue);
    delivery.queue.remove = (uid, id) => {
      this.#removals.push(id);
      this.#removalsTaken++;
      remove(uid, id);
    };
    // Written at the end of the turn; nothing depends on when that is.
    delivery.senders.tell = (_, message) => this.#rules.told(message);
    return delivery;
  }

  #open(name: string, uid: number, v2: boolean): HeldSocket {
    const socket = new HeldSocket(name, v2, this.#rules, ({ subscriber }) => {
      if (subscriber !== undefined) this.#delivery.leave(subscriber);
    });
    const { queue } = this.#delivery;
    socket.waitsFor = { frames: queue.stored + queue.frames, removals: this.#removalsTaken };
    this.#rules.opens(socket);
    socket.subscriber = this.#delivery.join(uid, socket.outlet, v2);
    return socket;
  }

  /** As the relay does it. */
  async #stop(): Promise<void> {
    this.#stopping = "sealing";
    this.#rules.sealed();
    this.#deadline = this.#time.now + LONG_MS;
    const lost = await stopDelivery(this.#delivery, () => {
      this.#stopping = "finishing";
      for (const socket of [...this.#sockets, this.#sender!]) {
        socket.end();
        this.#delivery.leave(socket.subscriber);
      }
    });
    if (lost > 0) this.#rules.broken(`the stop lost ${lost} frames`);
    this.#stopping = "stopped";
  }

  #frameChoices(add: (name: string, run: () => void) => void): void {
    if (this.#stopping === "finishing" || this.#stopping === "stopped") return;
    for (const sender of [1, 2] as const) {
      const at = this.#next[sender];
      if (at >= this.#scenario.frames.filter((each) => each === sender).length) continue;
      const frame = FRAMES[sender - 1]![at]!;
      add(`${nameOf(frame)} comes`, () => {
        this.#next[sender]++;
        this.#rules.accepted(frame);
        if (sender === 1 && this.#delivery.senders.isResent(frame))
          throw new Error("a new frame passes for an old one");
        if (this.#delivery.accept(TARGET, this.#delivery.recipients.get(TARGET), frame) === "unavailable")
          throw new Error("a frame is refused");
      });
    }
  }

  #timeChoices(add: (name: string, run: () => void) => void): void {
    const timers = [...this.#time.pending];
    const fire = (timer: Timer) => this.#time.fire(timer);
    const immediates = timers.filter(({ kind }) => kind === "immediate");
    if (immediates.length > 0) add("the turn ends", () => immediates.forEach(fire));
    // One that was not pinged lately is pinged at the end of the turn.
    const waits = ({ ping, pingedMs }: Recipient) => ping !== "none" && this.#clock.ms - pingedMs < CONFIRM_MS;
    if (this.#sockets.some(({ subscriber }) => subscriber.state !== "gone" && waits(subscriber.recipient))) {
      add("100 ms pass", () => {
        this.#clock.ms += CONFIRM_MS;
        for (const timer of timers) if (timer.kind === "interval") fire(timer);
      });
    }
    for (const timer of timers) {
      // Neither the question whether the database is back, which changes nothing, nor the end of a stop's patience.
      if (timer.kind === "timeout" && timer.ms <= FLUSH_MS) add("the batch is due", () => fire(timer));
      if (timer.kind === "sleep" && timer.ms < PATIENCE_MS) add(`${timer.ms} ms are over`, () => fire(timer));
    }
    if (this.#stopping === "sealing" && this.#time.now < this.#deadline) {
      add("the pongs are overdue", () => {
        this.#time.now = this.#deadline;
      });
    }
  }

  #socketChoices(socket: HeldSocket, add: (name: string, run: () => void) => void): void {
    const { name, subscriber, wire } = socket;
    if (!socket.open) return;
    if (!socket.alive) return add(`the death of ${name} is noticed`, () => socket.end());
    const ping = wire.findIndex((item, index) => index >= socket.answered && !(item instanceof Uint8Array));
    if (socket.v2) {
      const frames = wire.filter((item) => item instanceof Uint8Array).length;
      for (const n of new Set([socket.answered + 1, frames])) {
        if (n > socket.answered && n <= frames) add(`${name} got ${n}`, () => this.#got(socket, n));
      }
    } else if (ping !== -1) {
      add(`${name} answers ${nameOf(wire[ping]!)}`, () => this.#pong(socket, ping));
    }
    if (this.#left.strayPongs > 0 && !socket.v2) {
      for (const payload of [Buffer.alloc(0), socket.lastPing]) {
        if (payload === undefined) continue;
        add(`${name} sends a pong of ${payload.toString("hex") || "nothing"}`, () => {
          this.#left.strayPongs--;
          this.#delivery.receipts.pong(subscriber, payload);
        });
      }
    }
    if (this.#left.deaths > 0) {
      add(`${name} dies`, () => {
        this.#left.deaths--;
        socket.alive = false;
      });
    }
    if (socket.appetite !== "hungry") {
      add(`${name} has room`, () => {
        socket.appetite = "hungry";
        subscriber.wake();
      });
      return;
    }
    for (const appetite of ["slow", "full"] as const) {
      if (this.#left[appetite] === 0) continue;
      for (const closes of appetite === "full" ? [false, true] : [false]) {
        add(`${name} is ${appetite}${closes ? " and will be closed" : ""}`, () => {
          this.#left[appetite]--;
          socket.appetite = appetite;
          socket.closesWhenFull = closes;
        });
      }
    }
  }

  #confirmed(frame: Uint8Array): void {
    // A stop waits only so long before it hands everything over.
    if (this.#stopping !== "no" && this.#time.now >= this.#deadline) this.#rules.confirmedLate(frame);
    else this.#rules.confirmed(frame);
  }

  #pong(socket: HeldSocket, at: number): void {
    for (const item of socket.wire.slice(0, at)) if (item instanceof Uint8Array) this.#confirmed(item);
    socket.answered = at + 1;
    socket.lastPing = (socket.wire[at] as { ping: Buffer }).ping;
    this.#delivery.receipts.pong(socket.subscriber, socket.lastPing);
  }

  #got(socket: HeldSocket, frames: number): void {
    for (const frame of socket.wire.slice(0, frames)) this.#confirmed(frame as Uint8Array);
    socket.answered = frames;
    if (!this.#delivery.receipts.got(socket.subscriber, frames)) throw new Error("a true `got` is refused");
  }
}
