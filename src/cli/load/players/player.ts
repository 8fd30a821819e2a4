/** A client process's part of the crowd: its sockets, what they say, and the books of all that comes. */
import { nowMicroseconds } from "../engine/clock.ts";
import type { Latency } from "../engine/latency.ts";
import { Ledger } from "../engine/ledger.ts";
import { evenly, follow, poisson, type Schedule } from "../engine/pace.ts";
import { StampedWriter } from "../engine/stamped-writer.ts";
import { Books, tick } from "./books.ts";
import type { Order, Outcome, Pace, Part } from "./orders.ts";
import { Sockets } from "./sockets.ts";

type Talk = Extract<Order, { do: "talk" }>;
type Churn = Extract<Order, { do: "churn" }>;

/** Upgrades under way at once in a storm. */
const STORM_AT_ONCE = 50;
/** How long who leaves stays away, in ms, on average. */
const AWAY_MS = 1000;
/** A closed loop whose sockets have been silent for so long has lost its frames, and begins anew. */
const SILENT_US = 3_000_000;
const LOW_HALF = 0xffff_ffffn;

export class Player {
  readonly books: Books;
  private readonly part: Part;
  private readonly ledger: Ledger;
  private readonly sockets: Sockets;
  private readonly writer: StampedWriter;
  /** Messages so far, by sender's slot and target: their sequences. */
  private readonly sequences: Map<number, number>[];
  /** When each slot heard something last. */
  private readonly heardUs: Float64Array;
  /** Messages that wait for their ack: when they were due, by the lower half of their ids. */
  private readonly unacked = new Map<number, number>();
  private lastId = 0;
  private recordFromUs = 0;
  /** Frames that a closed loop owes the slot whose read is being handled. */
  private replies = 0;
  private inFlight = 0;
  private stopped = false;

  constructor(part: Part) {
    this.part = part;
    this.ledger = new Ledger(part.members, (sender) => part.uids[sender]);
    this.books = new Books(part.zeroUs, this.ledger);
    this.writer = new StampedWriter(part.dataBytes);
    this.sequences = part.members.map(() => new Map());
    this.heardUs = new Float64Array(part.members.length);
    this.sockets = new Sockets(part, this.books, {
      frame: (slot, frame) => this.heard(slot, frame),
      text: (_, text) => this.told(text),
      readDone: (slot) => this.reply(slot),
    });
  }

  async open(sleepers: boolean, most = Number.POSITIVE_INFINITY): Promise<void> {
    const slots = this.part.members.flatMap(({ sleeps }, slot) => {
      const isAway = this.sockets.connections[slot] === undefined;
      return isAway && (sleepers || !sleeps) ? [slot] : [];
    });
    await this.sockets.openAll(slots.slice(0, most));
  }

  async leave(): Promise<void> {
    await Promise.all(this.part.members.map((_, slot) => this.sockets.leave(slot)));
  }

  async talk({ pace, seconds, startUs, recordFromUs }: Talk): Promise<void> {
    this.recordFromUs = recordFromUs;
    if (pace.kind === "closed") return this.loop(pace.inFlight, seconds, startUs);
    const speakers = this.part.members.flatMap(({ contacts }, slot) => (contacts.length > 0 ? [slot] : []));
    if (speakers.length === 0) return;
    const act = (dueUs: number) => this.sayFromAnyone(speakers, dueUs);
    await follow(scheduleOf(pace, seconds, startUs), act, () => this.stopped);
  }

  /** Sockets leave and come back. Who leaves is drawn at random among those that are there. */
  async churn({ perSecond, seconds, startUs }: Churn): Promise<void> {
    const { connections } = this.sockets;
    const comingBack = new Set<Promise<void>>();
    const act = () => {
      for (let draw = 0; draw < 100; draw++) {
        const slot = Math.floor(Math.random() * connections.length);
        if (connections[slot] === undefined || away.has(slot)) continue;
        away.add(slot);
        const goAndCome = this.goAndCome(slot).finally(() => {
          comingBack.delete(goAndCome);
          away.delete(slot);
        });
        comingBack.add(goAndCome);
        return;
      }
    };
    const away = new Set<number>();
    await follow(
      poisson(() => perSecond, perSecond, seconds, startUs),
      act,
      () => this.stopped,
    );
    await Promise.all(comingBack);
  }

  async storm(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    const count = this.part.members.length;
    const workers = Math.min(STORM_AT_ONCE, count);
    // Each has slots of its own: two at one slot would wait for each other's sockets.
    const worker = async (first: number) => {
      for (
        let slot = first;
        performance.now() < until && !this.stopped;
        slot = slot + workers < count ? slot + workers : first
      ) {
        await this.sockets.leave(slot);
        if (!(await this.sockets.open(slot))) await Bun.sleep(100);
      }
    };
    await Promise.all(Array.from({ length: workers }, (_, first) => worker(first)));
  }

  stop(): void {
    this.stopped = true;
    this.inFlight = 0;
  }

  outcome(): Outcome {
    return this.books.outcome(this.sockets.pings);
  }

  async close(): Promise<void> {
    await this.sockets.closeAll();
  }

  private async goAndCome(slot: number): Promise<void> {
    await this.sockets.leave(slot);
    await Bun.sleep(AWAY_MS * (0.5 + Math.random()));
    await this.sockets.openAll([slot]);
  }

  private async loop(inFlight: number, seconds: number, startUs: number): Promise<void> {
    const { connections } = this.sockets;
    await Bun.sleep(Math.max(0, (startUs - nowMicroseconds()) / 1000));
    // Whatever it heard before belongs to an earlier loop.
    this.heardUs.fill(0);
    this.inFlight = inFlight;
    const until = nowMicroseconds() + seconds * 1e6;
    for (let now = nowMicroseconds(); now < until && !this.stopped; now = nowMicroseconds()) {
      for (let slot = 0; slot < connections.length; slot++) {
        if (now - this.heardUs[slot]! < SILENT_US) continue;
        // Until its own first answer comes it is not silent, but under way.
        this.heardUs[slot] = now;
        for (let frame = 0; frame < inFlight; frame++) this.say(slot, nowMicroseconds());
        this.flush(slot);
      }
      await Bun.sleep(100);
    }
    this.inFlight = 0;
  }

  /** A socket that is away says nothing; its turn is another's, so that the rate stays. */
  private sayFromAnyone(speakers: readonly number[], dueUs: number): void {
    for (let draw = 0; draw < 100; draw++) {
      const slot = speakers[Math.floor(Math.random() * speakers.length)]!;
      if (!this.say(slot, dueUs)) continue;
      this.flush(slot);
      if (dueUs >= this.recordFromUs) this.books.sendLag.record(nowMicroseconds() - dueUs);
      return;
    }
    this.books.unsent++;
  }

  /** Adds a message to the writer. @returns false where the slot has no socket, or nobody to write to */
  private say(slot: number, dueUs: number): boolean {
    const { first, members, uids, acks, run } = this.part;
    const connection = this.sockets.connections[slot];
    const { uid, contacts } = members[slot]!;
    if (connection === undefined || contacts.length === 0) return false;
    const target = contacts[contacts.length === 1 ? 0 : zipf(contacts.length)]!;
    const sequence = this.sequences[slot]!.get(target) ?? 0;
    this.sequences[slot]!.set(target, sequence + 1);
    if (acks) {
      this.lastId++;
      this.unacked.set(this.lastId, dueUs);
    }
    const stamp = { sender: first + slot, sequence, intendedUs: dueUs };
    // A process tells its ids from those of the others by the sender: ids need to be unique for each user only.
    this.writer.add(connection, uid, uids[target]!, stamp, acks ? run : 0, this.lastId);
    this.books.noteSent(dueUs);
    return true;
  }

  private flush(slot: number): void {
    const connection = this.sockets.connections[slot];
    if (connection !== undefined) this.writer.flush(connection);
  }

  private heard(slot: number, frame: Uint8Array): void {
    const nowUs = nowMicroseconds();
    const stamp = this.ledger.enter(slot, frame);
    if (stamp === undefined) return;
    this.heardUs[slot] = nowUs;
    this.books.noteArrived(stamp.intendedUs);
    const counts = stamp.intendedUs >= this.recordFromUs;
    const openedUs = this.sockets.openedUs[slot]!;
    // It was sent while the target was away: from its coming back on it is the server's time.
    if (stamp.intendedUs < openedUs) {
      if (counts) this.books.mail.record(nowUs - openedUs);
    } else {
      const tookUs = nowUs - stamp.intendedUs;
      this.books.recentLatency.record(tookUs);
      if (counts) this.bookOf(slot, stamp.sender).record(tookUs);
    }
    if (this.inFlight > 0) this.replies++;
  }

  private bookOf(slot: number, sender: number): Latency {
    const { urls, first } = this.part;
    return sender % urls.length === (first + slot) % urls.length ? this.books.sameNode : this.books.acrossNodes;
  }

  private reply(slot: number): void {
    if (this.replies === 0) return;
    const nowUs = nowMicroseconds();
    for (; this.replies > 0; this.replies--) this.say(slot, nowUs);
    this.flush(slot);
  }

  private told(text: string): void {
    const message = JSON.parse(text);
    if (message.type !== "ack" && message.type !== "nack") return;
    const id = Number(BigInt(message.msgId) & LOW_HALF);
    const dueUs = this.unacked.get(id);
    // `stored` may be followed by `delivered`: one frame, one ack.
    if (dueUs === undefined) return;
    this.unacked.delete(id);
    if (message.type === "nack") {
      this.books.nacked++;
      tick(this.books.nacks, message.code);
      return;
    }
    this.books.acked++;
    if (dueUs >= this.recordFromUs) this.books.ack.record(nowMicroseconds() - dueUs);
  }
}

function scheduleOf(pace: Exclude<Pace, { kind: "closed" }>, seconds: number, startUs: number): Schedule {
  if (pace.kind === "even") return evenly(pace.rate, seconds, startUs);
  if (!pace.day) return poisson(() => pace.rate, pace.rate, seconds, startUs);
  return poisson((second) => pace.rate * dayCurve(second / seconds), pace.rate * DAY_PEAK, seconds, startUs);
}

/** The busiest hour to the mean. */
const DAY_PEAK = 1.9;
/** How busy a chat service is through the day, from midnight to midnight; 1 on average: quiet at five, busy all evening. */
const dayCurve = (part: number) =>
  1 - 0.7 * Math.cos(2 * Math.PI * (part - 0.2)) - 0.2 * Math.cos(4 * Math.PI * (part - 0.08));

/** A rank from 0 up to `count`, the first the likeliest: rank r has the weight 1 / (r + 1). */
function zipf(count: number): number {
  let left = Math.random() * harmonic(count);
  for (let rank = 0; rank < count - 1; rank++) {
    left -= 1 / (rank + 1);
    if (left < 0) return rank;
  }
  return count - 1;
}

const harmonics: number[] = [0];
function harmonic(count: number): number {
  for (let n = harmonics.length; n <= count; n++) harmonics[n] = harmonics[n - 1]! + 1 / n;
  return harmonics[count]!;
}
