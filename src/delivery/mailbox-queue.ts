import type { Logger } from "pino";
import { Histogram } from "../metrics/histogram.ts";
import type { Mailboxes, NewFrame, StoredFrame, StoreOutcome } from "../store/mailbox.ts";
import { HOLDING_COST_BYTES } from "./frame-log.ts";
import { Leftovers } from "./leftovers.ts";

/** How the queue writes. */
export interface QueueSettings {
  /** Bytes that may wait to be stored, `HOLDING_COST_BYTES` a frame included; past it a frame is refused. */
  readonly maxBytes: number;
  /** A batch is written this long after its first frame came, in ms, or at once when it is full. */
  readonly flushMs: number;
  /** Frames in one batch at most. */
  readonly batchFrames: number;
}

/** One batch never carries more than this, or one frame if that is larger. */
const BATCH_BYTES = 4 * 1024 * 1024;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;

const STOPPED = Symbol("stopped");

type Told = (entry: NewFrame, outcome: StoreOutcome) => void;

/**
 * What is on its way to the store: frames to be written, and confirmations that let stored frames be deleted. One batch is
 * under way at a time, so the order of frames is the order of their ids. While the database is away everything waits here,
 * in bounded memory, and is tried again.
 */
export class MailboxQueue {
  readonly #store: Mailboxes;
  readonly #settings: QueueSettings;
  readonly #log: Logger;
  readonly #told: Told;
  #frames: NewFrame[] = [];
  /** How many of them are for whom. */
  readonly #waitingFor = new Map<number, number>();
  #removals = new Map<number, number>();
  #bytes = 0;
  /** Work ever taken, and ever done: the difference is under way or waiting. */
  readonly #taken = { frames: 0, removals: 0 };
  readonly #done = { frames: 0, removals: 0 };
  #writing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAtOnce = false;
  #waiters: { frames: number; removals: number; resolve: () => void }[] = [];
  #stopped = false;
  readonly #leftovers = new Leftovers();
  /** Asks whether the database is back when nobody else does. */
  #probe: ReturnType<typeof setTimeout> | undefined;
  /** What the database last refused to do. One with a full disk goes on reading: that it reads says nothing of writing. */
  readonly #failed = new Set<"reading" | "writing">();
  /** Frames stored since the start, and how long batches took. */
  stored = 0;
  readonly flushes = new Histogram();

  /** @param told is called for each frame once its outcome is certain; `stored` means on disk */
  constructor(store: Mailboxes, settings: QueueSettings, log: Logger, told: Told) {
    this.#store = store;
    this.#settings = settings;
    this.#log = log;
    this.#told = told;
  }

  /** While the last attempt to read or the last attempt to write failed. */
  get failing(): boolean {
    return this.#failed.size > 0;
  }

  /** Frames waiting to be stored. */
  get frames(): number {
    return this.#frames.length;
  }

  /** Bytes that those frames hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a frame for a user who is offline; false where the queue is full: the frame is then not accepted. */
  offer(uid: number, frame: Uint8Array): boolean {
    if (this.#bytes >= this.#settings.maxBytes) return false;
    this.#append({ uid, frame, accepted: false });
    return true;
  }

  /** Takes a frame that was accepted before and could not be confirmed: neither the queue's bound nor the quota refuses it. */
  handOver(uid: number, frame: Uint8Array): void {
    this.#append({ uid, frame, accepted: true });
  }

  /** Takes a frame under the quota that was held elsewhere before: the queue's own bound does not refuse it. */
  defer(uid: number, frame: Uint8Array): void {
    this.#append({ uid, frame, accepted: false });
  }

  /** Whether frames for this user wait to be stored. */
  holds(uid: number): boolean {
    return this.#waitingFor.has(uid);
  }

  /** Lets a user's stored frames up to and with `id` be deleted. */
  remove(uid: number, id: number): void {
    this.#taken.removals++;
    this.#removals.set(uid, Math.max(id, this.#removals.get(uid) ?? 0));
    this.#schedule();
  }

  /** Waits until everything taken before now is in the database. */
  settled(): Promise<void> {
    if (this.#idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ ...this.#taken, resolve });
      this.#flushSoon(0);
    });
  }

  /** Which of these users have frames waiting in the database. */
  waiting(uids: readonly number[]): Promise<Set<number>> {
    return this.#watched("reading", () => this.#store.waiting(uids));
  }

  /** A page of a user's stored frames after the one with id `after`. */
  async read(uid: number, after: number): Promise<StoredFrame[]> {
    const page = await this.#watched("reading", () => this.#store.read(uid, after));
    // Those of the page before are sent and, most of them, confirmed.
    this.#leftovers.add(page.reduce((sum, { frame }) => sum + frame.length + HOLDING_COST_BYTES, 0));
    return page;
  }

  /** No more attempts. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#probe);
  }

  #append(entry: NewFrame): void {
    this.#taken.frames++;
    this.#frames.push(entry);
    this.#waitingFor.set(entry.uid, (this.#waitingFor.get(entry.uid) ?? 0) + 1);
    this.#bytes += entry.frame.length + HOLDING_COST_BYTES;
    this.#schedule();
  }

  #schedule(): void {
    this.#flushSoon(this.#frames.length >= this.#settings.batchFrames ? 0 : this.#settings.flushMs);
  }

  #flushSoon(ms: number): void {
    if (this.#writing || this.#stopped) return;
    if (this.#timer !== undefined) {
      // Armed anew by every frame, a timer that is due at once would never fire under load.
      if (ms > 0 || this.#dueAtOnce) return;
      clearTimeout(this.#timer);
    }
    this.#dueAtOnce = ms === 0;
    this.#timer = setTimeout(() => void this.#flush(), ms);
  }

  get #idle(): boolean {
    return this.#taken.frames === this.#done.frames && this.#taken.removals === this.#done.removals;
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    this.#writing = true;
    while (!this.#idle && !this.#stopped) {
      const started = performance.now();
      // What was confirmed makes room for what came after.
      await this.#writeRemovals();
      await this.#writeBatch();
      this.flushes.observeMs(performance.now() - started);
      this.#release();
    }
    this.#writing = false;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    const outcomes = await this.#insist(() => this.#store.append(batch));
    if (outcomes === STOPPED) return;
    this.#frames.splice(0, batch.length);
    this.#done.frames += batch.length;
    const before = this.#bytes;
    for (const [index, entry] of batch.entries()) {
      const outcome = outcomes[index]!;
      this.#bytes -= entry.frame.length + HOLDING_COST_BYTES;
      this.#noLongerWaits(entry.uid);
      if (outcome === "stored") this.stored++;
      this.#told(entry, outcome);
    }
    this.#leftovers.add(before - this.#bytes);
  }

  async #writeRemovals(): Promise<void> {
    const removals = this.#removals;
    if (removals.size === 0) return;
    const taken = this.#taken.removals;
    this.#removals = new Map();
    if ((await this.#insist(() => this.#store.remove(removals))) !== STOPPED) this.#done.removals = taken;
  }

  #noLongerWaits(uid: number): void {
    const others = this.#waitingFor.get(uid)! - 1;
    if (others > 0) this.#waitingFor.set(uid, others);
    else this.#waitingFor.delete(uid);
  }

  #nextBatch(): NewFrame[] {
    let bytes = 0;
    let count = 0;
    const most = Math.min(this.#frames.length, this.#settings.batchFrames);
    for (; count < most; count++) {
      bytes += this.#frames[count]!.frame.length;
      if (bytes > BATCH_BYTES && count > 0) break;
    }
    return this.#frames.slice(0, count);
  }

  #release(): void {
    const { frames, removals } = this.#done;
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (waiter.frames <= frames && waiter.removals <= removals) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  /** Tries until the database has done it, or the queue is stopped. */
  async #insist<T>(work: () => Promise<T>): Promise<T | typeof STOPPED> {
    for (let pause = FIRST_RETRY_MS; !this.#stopped; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      try {
        return await this.#watched("writing", work);
      } catch {
        await Bun.sleep(pause);
      }
    }
    return STOPPED;
  }

  /** Notes and logs when the database goes away and when it is back. */
  async #watched<T>(what: "reading" | "writing", work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      const failed = this.failing;
      this.#failed.delete(what);
      // Whoever can write can read.
      if (what === "writing") this.#failed.clear();
      if (failed && !this.failing) {
        this.#log.info({ waiting: this.#frames.length }, "the database stores frames again");
      }
      return result;
    } catch (error) {
      if (!this.failing) {
        this.#log.error({ err: error, waiting: this.#frames.length }, "the database cannot store frames; they wait");
      }
      this.#failed.add(what);
      // Who writes insists; reading may have no one who does.
      if (what === "reading") this.#probeSoon();
      throw error;
    }
  }

  #probeSoon(): void {
    if (this.#stopped) return;
    this.#probe ??= setTimeout(() => {
      this.#probe = undefined;
      this.waiting([]).catch(() => {});
    }, LAST_RETRY_MS).unref();
  }
}
